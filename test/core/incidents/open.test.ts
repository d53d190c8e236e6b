import { Incident } from "@steward/core/incidents/incident";
import { incidentOf, withRefusal } from "@steward/core/incidents/open";
import { expect, test } from "vitest";
import { FIRST, healthyFleet, hence, incident, NOW } from "../builders.ts";

test("a finding becomes an open incident whose id tells time, kind and resource", () => {
  const opened = incidentOf({ kind: "node-sick", resource: FIRST, cause: "service-down", evidence: ["the service is failed"] }, healthyFleet());
  expect(opened).toEqual(incident({ id: "20260504T030000-node-sick-aaaa1", openedAt: NOW }));
  expect(Incident.parse(opened)).toEqual(opened);
});

test("a guard that says the same again is counted, with its latest words at the end", () => {
  const said = { guard: "switch-off", because: "the switch is off", at: NOW };
  const other = { guard: "boot-grace", because: "young", at: NOW };
  const again = { ...said, because: "the switch is off: audit", at: hence({ minutes: 5 }) };
  const { refusals } = [said, other, again].reduce(withRefusal, incident());
  expect(refusals).toEqual([
    { ...other, times: 1 },
    { ...again, times: 2 },
  ]);
});
