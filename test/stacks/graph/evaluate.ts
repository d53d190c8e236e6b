import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import type { Graph } from "./graph.ts";

const root = resolve(import.meta.dirname, "../../..");
const LIMIT = { minutes: 2 };

export interface Evaluation {
  stage: string;
  /** The program's file, from the repository's root; the real one unless told otherwise. */
  program?: string;
  /** Replaces `steward.config.ts`. */
  config?: string;
}

/** Everything a deploy of the stage would ask for, from the real program in a process of its own (seconds). Throws with what the program said. */
export async function evaluate({ stage, program = "sst.config.ts", config }: Evaluation): Promise<Graph> {
  const folder = join(root, ".sst/graph");
  mkdirSync(folder, { recursive: true });
  const target = join(folder, `${stage}.${randomUUID()}.json`);
  const child = join(import.meta.dirname, "evaluate-program.ts");
  try {
    await promisify(execFile)(process.execPath, ["--enable-source-maps", "--no-deprecation", child, join(root, program), stage, target], {
      cwd: root,
      env: environment(config),
      timeout: LIMIT.minutes * 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(readFileSync(target, "utf8")) as Graph;
  } catch (error) {
    throw new Error(`${relative(root, join(root, program))} does not evaluate for stage ${stage}:\n${said(error)}`);
  } finally {
    rmSync(target, { force: true });
  }
}

/** The developer's AWS account is out of reach: an evaluation that called AWS would fail. */
function environment(config: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|SST_|PULUMI_|VITEST|NODE_OPTIONS)/.test(name));
  return { ...Object.fromEntries(kept), AWS_EC2_METADATA_DISABLED: "true", ...(config ? { STEWARD_CONFIG: join(root, config) } : {}) };
}

function said(error: unknown): string {
  const { stderr = "", stdout = "", killed = false, message = "" } = error as { stderr?: string; stdout?: string; killed?: boolean; message?: string };
  if (killed) return `not done after ${LIMIT.minutes} minutes`;
  return stderr.trim() || stdout.trim() || message;
}
