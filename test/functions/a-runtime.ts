import { readFileSync } from "node:fs";
import type { StageWorld } from "@steward/aws/world";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { createRuntime, type WholeRuntime } from "@steward/functions/durable-runtime";
import type { RuntimeConfig } from "@steward/functions/runtime";
import type { handle } from "@steward/functions/stack";
import { vi } from "vitest";
import { type FakeWorld, fakeWorld } from "../core/apply/fake-world.ts";
import { healthyFleet } from "../core/builders.ts";

/** One line of a log, as it would be printed. */
export type Line = Record<string, unknown>;

/** A function's runtime over a fleet in memory, and everything that leaves it. */
export interface Bench {
  runtime: WholeRuntime;
  fake: FakeWorld;
  lines: Line[];
  letters: { because: string; event: unknown }[];
  published: { subject: string; body: string }[];
  /** Runs that were started, in order. */
  started: string[];
  /** When each duty last succeeded, on the record. */
  beats: Map<string, Date>;
  ages: Parameters<StageWorld["metrics"]["publishAges"]>[0][];
  /** Ages of the newest snapshot that were published. */
  snapshotAges: number[];
  /** Ages of the last proven restore that were published. */
  proofAges: number[];
}

/** The runtime as the functions make it, its world exchanged for one in memory. Nothing of it reaches AWS. */
export function aRuntime(
  fleet: FleetFacts | FakeWorld = healthyFleet(),
  but: (world: StageWorld) => Partial<StageWorld> = () => ({}),
  { keeping }: Pick<RuntimeConfig, "keeping"> = {},
): Bench {
  const fake = "world" in fleet ? fleet : fakeWorld(fleet);
  const letters: Bench["letters"] = [];
  const published: Bench["published"] = [];
  const started: string[] = [];
  const beats: Bench["beats"] = new Map();
  const ages: Bench["ages"] = [];
  const snapshotAges: number[] = [];
  const proofAges: number[] = [];
  const world: StageWorld = {
    ...fake.world,
    runs: { start: async (name) => `arn:${started.push(name)}`, status: async () => "running" },
    topic: { publish: async (subject, body) => void published.push({ subject, body }) },
    deadLetter: { keep: async (letter) => void letters.push(letter) },
    heartbeat: { beat: async (duty, at) => void beats.set(duty, at), successes: async () => beats },
    metrics: {
      publishAges: async (each) => void ages.push(each),
      publishSnapshotAge: async (seconds) => void snapshotAges.push(seconds),
      publishProofAge: async (seconds) => void proofAges.push(seconds),
    },
    snapshots: noSnapshots,
    copies: null,
    ownImages: { facts: fake.gallery.store.facts },
  };
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" };
  const runtime = createRuntime({
    stage: "demo",
    topology: keeping?.snapshots ? "single" : "ha",
    keeping,
    place: { account: "123456789012", region: "eu-central-1" },
    clients: { region: "eu-central-1", credentials },
  });
  return {
    runtime: { ...runtime, world: { ...world, ...but(world) } },
    fake,
    lines: linesOf(runtime.logger),
    letters,
    published,
    started,
    beats,
    ages,
    snapshotAges,
    proofAges,
  };
}

const nobody = (): never => {
  throw new Error("nobody asks for snapshots here");
};

/** For functions that have nothing to do with snapshots. */
const noSnapshots: StageWorld["snapshots"] = {
  facts: nobody,
  again: nobody,
  ofSlot: nobody,
  create: nobody,
  mark: nobody,
  delete: nobody,
  archive: nobody,
  lock: nobody,
};

/** The last step of a Powertools logger. */
interface Printer {
  printLog: (level: number, item: { prepareForPrint: () => void; getAttributes: () => Line }) => void;
  getJsonReplacer: () => (key: string, value: unknown) => unknown;
}

/** Keeps what a logger would print instead of printing it. */
function linesOf(logger: WholeRuntime["logger"]): Line[] {
  const lines: Line[] = [];
  const printer = logger as unknown as Printer;
  vi.spyOn(printer, "printLog").mockImplementation((_level, item) => {
    item.prepareForPrint();
    lines.push(JSON.parse(JSON.stringify(item.getAttributes(), printer.getJsonReplacer())) as Line);
  });
  return lines;
}

type Context = Parameters<ReturnType<typeof handle>>[1];

/** What Lambda tells a function of its invocation, as far as ours look at it. */
export const context = (awsRequestId = "request-1"): Context => ({ awsRequestId, getRemainingTimeInMillis: () => 30_000 }) as Context;

/** A sample event by its file's name, changed where a test wants it. */
export const sample = (name: string, detail: Record<string, unknown> = {}): Record<string, unknown> & { id: string } => {
  const event = JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), "utf8"));
  return { ...event, detail: { ...event.detail, ...detail } };
};
