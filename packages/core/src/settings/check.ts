import type { StageSettings } from "./schema.ts";

export type Stages = Readonly<Record<string, StageSettings>>;

/** What a check found at a setting, or at a stage. */
export interface Finding {
  at: string;
  /** All settings that it looked at: where one of them could not be read, the finding says nothing. */
  reads: string[];
  problem: string;
  /** What would be right; of a warning: what would be better. */
  allowed: string;
}

/** A rule over settings whose shape is right. Same settings, same findings. */
export interface Check {
  id: string;
  /** `refuse`: nothing is deployed. `warn`: it is said. */
  level: "refuse" | "warn";
  /** The rule in a sentence, for docs/settings.md. */
  words: string;
  of: (stages: Stages) => Finding[];
}

/** A rule about one stage, held against each; its paths are the stage's own. */
export const each =
  (of: (settings: StageSettings, stage: string) => Finding[]) =>
  (stages: Stages): Finding[] =>
    Object.entries(stages).flatMap(([name, settings]) =>
      of(settings, name).map((finding) => ({
        ...finding,
        at: `stages.${name}.${finding.at}`,
        reads: finding.reads.map((path) => `stages.${name}.${path}`),
      })),
    );

/** One finding about a setting if something is so, none if not; `reads` are the others that it looked at. */
export const when = (so: boolean, at: string, problem: string, { allowed, reads = [] }: { allowed: string; reads?: string[] }): Finding[] =>
  so ? [{ at, reads: [at, ...reads], problem, allowed }] : [];
