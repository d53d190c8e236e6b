import { NODE_VERBS, type NodeVerb } from "@steward/core/fleet/probe";
import { type Act, complain, decodeEnvelope, EXIT, obey, type Result, unexpected } from "./command.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { isProving, serving } from "./purpose.ts";
import { recall } from "./receipts.ts";
import { boot } from "./verbs/boot.ts";
import { collect } from "./verbs/collect.ts";
import { converge } from "./verbs/converge.ts";
import { count } from "./verbs/count.ts";
import { deadman } from "./verbs/deadman.ts";
import { drain, resume } from "./verbs/drain.ts";
import { initDatabase } from "./verbs/init-database.ts";
import { probe } from "./verbs/probe.ts";
import { prove } from "./verbs/prove.ts";
import { proveDatabase } from "./verbs/prove-database.ts";
import { quiesce, thaw } from "./verbs/quiesce.ts";
import { restart } from "./verbs/restart.ts";

type Verb = (host: Host, payload: string | undefined) => Promise<Result>;

/** A verb that changes the node and therefore needs an envelope. */
const command =
  (verb: NodeVerb, act: Act): Verb =>
  async (host, payload) => {
    const envelope = decodeEnvelope(payload);
    return envelope ? obey(host, verb, envelope, act) : complain(EXIT.usage, `${verb} needs a command envelope as base64url of JSON`);
  };

/** The one word that the dead man's timer says in a command's place. */
const DEADMAN = "deadman";

async function fire(host: Host): Promise<Result> {
  await deadman(host);
  return { exitCode: EXIT.done, stdout: "", stderr: "" };
}

const VERBS: Record<NodeVerb | "boot", Verb> = {
  probe: async (host) => {
    const memory = await recall(host);
    if (!memory) return complain(EXIT.failed, `the memory of earlier commands at ${PATHS.receipts} cannot be understood`);
    return { exitCode: EXIT.done, stdout: await probe(host, memory), stderr: "" };
  },
  "init-database": command("init-database", serving(initDatabase)),
  converge: command("converge", converge),
  restart: command("restart", serving(restart)),
  drain: command("drain", serving(drain)),
  resume: command("resume", serving(resume)),
  quiesce: command("quiesce", serving(quiesce)),
  thaw: async (host, payload) => (payload === DEADMAN ? fire(host) : command("thaw", serving(thaw))(host, payload)),
  collect: command("collect", collect),
  prove: async (host) =>
    (await isProving(host))
      ? { exitCode: EXIT.done, stdout: await prove(host), stderr: "" }
      : complain(EXIT.refused, "this node was not launched to prove a copy"),
  "prove-database": async (host, payload) => {
    const envelope = decodeEnvelope(payload);
    if (!envelope?.copy) return complain(EXIT.usage, "prove-database needs a command envelope that names a copy");
    if (await isProving(host)) return complain(EXIT.refused, "this node proves a copy and serves nobody");
    const report = await proveDatabase(host, envelope.copy);
    return report.kind === "read" ? { exitCode: EXIT.done, stdout: report.value, stderr: "" } : complain(EXIT.refused, report.because);
  },
  count: async (host) => ({ exitCode: EXIT.done, stdout: await count(host), stderr: "" }),
  /** The command document does not know this word, so nobody can send it. */
  boot,
};

/** Runs one verb of `steward-node`; never rejects for anything that the node is in, only reports it. */
export async function runVerb(host: Host, verb: string, payload: string | undefined): Promise<Result> {
  if (!Object.hasOwn(VERBS, verb)) return complain(EXIT.usage, `unknown verb; known are ${NODE_VERBS.join(", ")}`);
  return VERBS[verb as keyof typeof VERBS](host, payload).catch((error) => complain(EXIT.failed, unexpected(error)));
}
