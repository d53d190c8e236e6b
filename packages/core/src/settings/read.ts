import { z } from "zod";
import type { Finding } from "./check.ts";
import { checkAll } from "./checks.ts";
import { InvalidSettings, type Problem } from "./invalid-settings.ts";
import { mend } from "./mend.ts";
import { nearest } from "./nearest.ts";
import { overlap, pathOf } from "./paths.ts";
import { StageName, StageSettings } from "./schema.ts";
import { type ShapeProblem, shapeProblems } from "./shape.ts";
import { STAGE } from "./tree.ts";
import { isGroup, own } from "./written.ts";

/** What may stay as it is, but had better not. */
export interface Warning {
  id: string;
  path: string;
  problem: string;
  better: string;
}

export interface ReadConfig {
  stages: Record<string, StageSettings>;
  warnings: Warning[];
}

/**
 * The effective settings of every stage, with the warnings; throws `InvalidSettings` with every problem at once.
 * Rules over several settings are held against those that could be read.
 */
export function readConfig(config: unknown): ReadConfig {
  const { stages, problems } = readShapes(config);
  const unread = problems.flatMap((problem) => problem.unread);
  const findings = checkAll(stages).filter(({ reads }) => !reads.some((path) => unread.some((lost) => overlap(path, lost))));
  const refused = [...problems, ...findings.filter(({ level }) => level === "refuse").map(problemOf)];
  if (refused.length > 0) throw new InvalidSettings(refused.map(({ path, problem, allowed }) => ({ path, problem, allowed })));
  return { stages, warnings: findings.map(({ id, at, problem, allowed }) => ({ id, path: at, problem, better: allowed })) };
}

const problemOf = ({ at, problem, allowed }: Finding): Problem => ({ path: at, problem, allowed });

/** The effective settings of every stage; throws `InvalidSettings` with every problem at once. */
export const readSettings = (config: unknown): Record<string, StageSettings> => readConfig(config).stages;

/** The effective settings of one stage; throws `InvalidSettings`, also when the config has no such stage. */
export function settingsOf(config: unknown, stage: string): StageSettings {
  const stages = readSettings(config);
  const settings = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
  if (settings) return settings;
  const meant = nearest(stage, Object.keys(stages));
  const problem = `is not there${meant ? `; did you mean ${meant}?` : ""}`;
  throw new InvalidSettings([{ path: pathOf(["stages", stage]), problem, allowed: Object.keys(stages).join(", ") }]);
}

interface Shapes {
  stages: Record<string, StageSettings>;
  problems: ShapeProblem[];
}

const Config = z.strictObject({ stages: z.record(z.string(), z.unknown()).refine((stages) => Object.keys(stages).length > 0) });

function readShapes(config: unknown): Shapes {
  const outer = shapeProblems(Config.safeParse(config).error?.issues ?? [], config);
  const written = own(config, "stages");
  const read = Object.entries(isGroup(written) ? written : {}).map(([name, stage]) => ({ name, ...readStage(name, stage) }));
  return {
    stages: Object.fromEntries(read.flatMap(({ name, settings }) => (settings ? [[name, settings]] : []))),
    problems: [...outer, ...read.flatMap(({ problems }) => problems)],
  };
}

interface ReadStage {
  /** Mended where there are problems; missing where not even the topology could be read. */
  settings?: StageSettings;
  problems: ShapeProblem[];
}

function readStage(name: string, written: unknown): ReadStage {
  const at = ["stages", name];
  const misnamed = StageName.safeParse(name).success
    ? []
    : [{ path: pathOf(at), problem: "is no name for a stage", allowed: String(StageName.meta()?.allowed), unread: [] }];
  const { success, data, error } = StageSettings.safeParse(written);
  if (success) return { settings: data, problems: misnamed };
  const problems = [...misnamed, ...problemsOfStage(name, written, error)];
  const topology = own(written, "topology");
  const group = typeof topology === "string" ? STAGE.options.get(topology) : undefined;
  if (!group) return { problems: isGroup(written) ? [...problems, ...whateverTheTopology(name, written)] : problems };
  const mended = mend(group, written, { at, unread: problems.flatMap(({ unread }) => unread) });
  return { settings: StageSettings.parse({ ...Object(mended), topology }), problems };
}

const problemsOfStage = (name: string, written: unknown, error?: z.ZodError): ShapeProblem[] =>
  shapeProblems(
    (error?.issues ?? []).map((issue) => ({ ...issue, path: ["stages", name, ...issue.path] })),
    { stages: { [name]: written } },
  );

/** Of a stage whose topology cannot be read, what would be wrong in each. */
function whateverTheTopology(name: string, written: Record<string, unknown>): ShapeProblem[] {
  const [first = [], ...others] = [...STAGE.options.keys()].map((topology) => {
    const assumed = { ...written, topology };
    return problemsOfStage(name, assumed, StageSettings.safeParse(assumed).error);
  });
  return first.filter(({ path }) => others.every((problems) => problems.some((other) => other.path === path)));
}
