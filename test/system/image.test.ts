import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptsOf } from "../core/image/scripts.ts";
import { haTopology, singleTopology } from "../settings.ts";
import { requireDebian } from "./debian/require.ts";

const folder = mkdtempSync(join(tmpdir(), "steward-image-"));
const topologies = [haTopology(), haTopology("demo", { nodes: { ubuntu: "24.04" } }), singleTopology()];

beforeAll(requireDebian);
afterAll(() => rmSync(folder, { recursive: true }));

const judged = (command: string, ...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: "utf8" });
  return { status, said: `${stdout}${stderr}` };
};

/** What is quoted on purpose (SC2016) and called by a trap alone (SC2317) is below a warning. */
test.each(topologies)("shellcheck has nothing against any script of the image of $kind", (topology) => {
  const files = scriptsOf(topology).map(({ component, phase, step, text }) => {
    const file = join(folder, `${component}-${phase}-${step}.sh`);
    writeFileSync(file, text);
    return file;
  });
  expect(files.length).toBeGreaterThan(20);
  expect(judged("shellcheck", "--shell=bash", "--severity=warning", ...files)).toEqual({ status: 0, said: "" });
});

describe("cloud-init", () => {
  const judge = (userData: string) => {
    const file = join(folder, "user-data");
    writeFileSync(file, userData);
    return judged("cloud-init", "schema", "--config-file", file);
  };

  test.each(topologies.map(({ kind, launchTemplate }) => [kind, launchTemplate.userData]))("takes the user data of %s", (_, userData) => {
    expect(judge(userData)).toMatchObject({ status: 0 });
  });

  test("would refuse what it does not know", () => {
    expect(judge('#cloud-config\n{"write_files": [{"paths": "/x"}]}\n').status).toBe(1);
  });
});
