import { NODE_VERBS } from "@steward/core/fleet/probe";
import type { TopologyKind } from "@steward/core/topology/topology";
import { reading } from "@steward/node/desired";
import { runVerb } from "@steward/node/dispatch";
import { isVariable, readEnvironment, writeEnvironment } from "@steward/node/environment-file";
import { PATHS } from "@steward/node/paths";
import { textOf } from "@steward/node/secrets";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CANARIES, documentOf, inEffect, pointer, VOLUME } from "./a-fleet.ts";
import { aHost, envelope } from "./a-host.ts";

/** Everything that others than root may see: words of programs, outputs, names of files, receipts, the journal, evidence. */
test.each<[TopologyKind, string]>([
  ["ha", "works"],
  ["ha", "fails"],
  ["single", "works"],
  ["single", "fails"],
])("no verb lets a secret out, by any way: %s, where everything %s", async (topology, how) => {
  const host = aHost(topology);
  const out: string[] = [];
  if (how === "fails") host.says = { "": { exitCode: 1 } };
  const document = pointer(inEffect(documentOf(topology)).text);
  for (const verb of ["boot", ...NODE_VERBS, ...NODE_VERBS]) {
    const { stdout, stderr } = await runVerb(
      host,
      verb,
      envelope({ key: `${verb}-${out.length}`, document, format: VOLUME, notAfter: "2027-01-01T00:00:00.000Z" }),
    );
    out.push(stdout, stderr);
  }
  host.readFile = async (path) => {
    throw new Error(`${path}: ${Object.values(CANARIES).join()}`);
  };
  const broken = await runVerb(host, "converge", envelope({ key: "e" }));
  expect(broken.stderr).toBe("steward-node: stopped by an unexpected error: Error\n");
  const seen = [
    ...out,
    broken.stdout,
    broken.stderr,
    ...host.ran,
    ...host.written,
    ...host.journal,
    ...host.kept.values(),
    host.seen()[PATHS.receipts] ?? "",
  ].join("\n");
  for (const canary of [...Object.values(CANARIES), ...CANARIES.license.split("\n").filter(Boolean)]) expect(seen).not.toContain(canary);
  for (const [path, text] of Object.entries(host.seen())) {
    const open = Object.values(CANARIES).some((canary) => text.includes(canary));
    if (open) expect(host.accessOf(path)).toMatch(/^(root|rstudio-pm) 600$/);
  }
});

test("values of an environment file come back as they were, whatever is in them", () => {
  const variable = fc.tuple(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/), fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^["\\$`\n='A-Z]{0,20}$/)));
  fc.assert(
    fc.property(fc.uniqueArray(variable, { selector: ([name]) => name, maxLength: 5 }), (variables) => {
      const text = writeEnvironment(variables);
      expect([...readEnvironment(text)]).toEqual(variables);
    }),
  );
  expect(readEnvironment(undefined).size).toBe(0);
});

test("an environment file is written as systemd reads it", () => {
  expect(writeEnvironment([["A", 'a"b\\c`d$e\nf']])).toBe('A="a\\"b\\\\c\\`d\\$e\nf"\n');
});

test("no value is written that systemd would pass over", () => {
  expect(isVariable("A", "a\tb\nc")).toBe(true);
  for (const value of ["\r", "\0", "\x7f", "\x1b"]) expect(isVariable("A", value)).toBe(false);
  expect(isVariable("A B", "")).toBe(false);
});

test("a secret that was not asked for is not made up", async () => {
  expect(await reading(async () => textOf(new Map(), "license"))).toEqual({ kind: "unusable", because: "the secret license was not asked for" });
});
