import { CHANGE_GRANTS } from "@steward/core/topology/grants";
import { names } from "@steward/core/topology/names";
import { ignoredOf, OWNERSHIP } from "@steward/core/topology/ownership";
import { REMOVAL, whatStays } from "@steward/core/topology/removal";
import { expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";

test("what stays is told of what the topology has, and of nothing else", () => {
  const words = (...kinds: (keyof typeof REMOVAL)[]) => kinds.map((kind) => REMOVAL[kind].words);
  const [single, ha] = [whatStays(singleTopology()), whatStays(haTopology())];
  const onlySingle = words("address", "data-volume", "snapshot", "drill");
  const onlyHa = words("database", "database-surroundings");
  expect(single.filter((each) => !ha.includes(each)).sort()).toEqual(onlySingle.sort());
  expect(ha.filter((each) => !single.includes(each)).sort()).toEqual(onlyHa.sort());
  expect(single).toEqual(expect.arrayContaining(words("bucket", "key", "secret", "table", "log-group")));
});

test("nothing that goes is said to stay", () => {
  const goes = Object.values(REMOVAL).flatMap(({ fate, words }) => (fate === "goes" ? [words] : []));
  for (const topology of [singleTopology(), haTopology()]) expect(whatStays(topology).filter((each) => goes.includes(each))).toEqual([]);
});

test("every step that Steward can do changes something in the table of what is Steward's", () => {
  const changes = OWNERSHIP.flatMap(({ changedBy }) => (typeof changedBy === "string" ? [] : changedBy));
  expect([...new Set(changes)].sort()).toEqual(Object.keys(CHANGE_GRANTS).sort());
});

test("no property is in the table twice, and whole things are absent", () => {
  const keys = OWNERSHIP.map(({ resource, pulumiType, property }) => `${resource} ${pulumiType} ${property}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { property, deployed } of OWNERSHIP) if (property === "*") expect(deployed).toBe("absent");
});

test("a deploy says the group's size and template once and never looks again", () => {
  expect(ignoredOf("group")).toEqual(["desiredCapacity", "minSize", "maxSize", "launchTemplate", "suspendedProcesses", "vpcZoneIdentifiers"]);
  expect(ignoredOf("instance")).toEqual([]);
});

test("of launch templates, parameters and databases only Steward's own are meant, by their names", () => {
  const meant = OWNERSHIP.flatMap(({ which }) => (which ? [which(names("demo"))] : []));
  expect(meant).toEqual(["steward-demo-node", "/steward/demo/desired", "/steward/demo/switch", "steward-demo-drill"]);
});
