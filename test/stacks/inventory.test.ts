import { describe, expect, test } from "vitest";
import { STAGES, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";
import { deployedOf, isHelper } from "./identity.ts";
import { inventoryOf } from "./inventory.ts";
import rich from "./rich.config.ts";

describe.each(STAGES)("a deploy of the example stage %s", (stage) => {
  test("adds nothing to its topology and drops nothing", () => {
    expect(deployedOf(graphOf(stage))).toEqual(inventoryOf(topology(stage)));
  });

  test("makes beside it only what SST's components need", () => {
    const helpers = graphOf(stage).resources.filter(isHelper);
    const code = ["AlertCode", "ApproveCode", "KeepSnapshotsCode", "ObserveCode", "RemediateHandlerCode", "RunbookCode"];
    expect(helpers.map(({ name }) => name)).toEqual([...code, "LambdaEncryptionKey"]);
    expect(helpers.flatMap(({ inputs }) => inputs.bucket ?? [])).toEqual(code.map(() => "sst-asset-us-east-1"));
  });

  test("reads and imports nothing that exists", () => {
    expect(graphOf(stage).resources.filter(({ options }) => options.import ?? options.read)).toEqual([]);
  });
});

test("no thing of a topology is there twice", () => {
  for (const stage of STAGES) expect(new Set(inventoryOf(topology(stage, rich))).size).toBe(inventoryOf(topology(stage, rich)).length);
});
