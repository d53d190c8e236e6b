import { names } from "@steward/core/topology/names";
import { OWNERSHIP, type Owned, type OwnedResource } from "@steward/core/topology/ownership";
import { describe, expect, test } from "vitest";
import { STAGES } from "./examples.ts";
import type { Resource } from "./graph/graph.ts";
import { graphOf } from "./graph/stages.ts";

const owners = (stage: string, { pulumiType, which }: Owned): Resource[] =>
  graphOf(stage as "ha").resources.filter(({ type, inputs }) => type === pulumiType && (which === undefined || inputs.name === which(names(stage))));

/** How many a stage has of what there is not just one of. */
const COUNTS: Record<string, Partial<Record<OwnedResource, number>>> = { single: { database: 0, secret: 4 }, ha: { secret: 5 } };

describe.each(STAGES)("in the stage %s", (stage) => {
  test.each(OWNERSHIP.map((owned) => [`${owned.property} of ${owned.resource}`, owned] as const))("%s is not the deploy's", (_what, owned) => {
    const resources = owners(stage, owned);
    if (owned.property === "*") return expect(resources).toEqual([]);
    if (owned.deployed === "absent") return expect(resources.filter(({ inputs }) => owned.property in inputs)).toEqual([]);
    for (const { options, inputs } of resources) {
      expect(options.ignoreChanges).toContain(owned.property);
      expect(inputs).toHaveProperty([owned.property]);
    }
    expect(resources.length).toBe(COUNTS[stage]?.[owned.resource] ?? 1);
  });

  test("nothing else is ignored", () => {
    const ignored = graphOf(stage).resources.flatMap(({ type, options }) => (options.ignoreChanges ?? []).map((property) => `${type} ${property}`));
    const table = OWNERSHIP.filter(({ deployed }) => deployed === "ignored").map(({ pulumiType, property }) => `${pulumiType} ${property}`);
    expect(ignored.filter((each) => !table.includes(each))).toEqual([]);
  });

  test("neither the volume with the data nor any node is known to a deploy", () => {
    const types = graphOf(stage).resources.map(({ type }) => type);
    expect(types.filter((type) => /^aws:ebs\/|ec2\/(instance|ami|snapshot|volumeAttachment|eipAssociation|spot)/.test(type))).toEqual([]);
  });
});
