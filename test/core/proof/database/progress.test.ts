import { progressOf } from "@steward/core/apply/progress";
import type { Progress } from "@steward/core/apply/step-progress";
import type { DatabaseDrillFacts } from "@steward/core/proof/database/facts";
import type { Step } from "@steward/core/runbooks/steps";
import { expect, test } from "vitest";
import { NOW } from "../../builders.ts";
import { COPY, copy, DRILL, fleet, KEPT, kept, look, noDrill, pair, record, restored } from "./builders.ts";

const progress = (step: object, but: Partial<DatabaseDrillFacts> | null): Progress =>
  progressOf({ because: "b", ...step } as Step, fleet(but && noDrill(but)), { key: "k", applied: false, policy: pair });

const begin = { do: "begin-database-drill", id: DRILL, snapshotId: null };
const restore = { do: "restore-database", id: DRILL };
const check = { do: "check-bucket", id: DRILL };
const ask = { do: "ask-database-proof", id: DRILL, number: 2 };
const conclude = { do: "conclude-database-drill", id: DRILL };
const keep = { do: "keep-proven", id: DRILL };
const remove = { do: "remove-database-drill", copyIds: [COPY], keptIds: [KEPT] };
const end = { do: "end-database-drill", id: DRILL };
const asked = (number: number) => ({ number, at: NOW, commandId: "c", instanceId: "i-0aaaaaaaaaaaaaaa1" });

test.each([
  [begin, null, "pending"],
  [begin, {}, "due"],
  [begin, { record: record() }, "done"],
  [begin, { record: record({ id: "other" }) }, "impossible"],
  [begin, { record: record({ id: "other", endedAt: NOW }) }, "due"],
  [restore, null, "pending"],
  [restore, { record: record() }, "due"],
  [restore, { record: record({ id: "other" }) }, "impossible"],
  [restore, { record: restored() }, "done"],
  [check, { record: record() }, "more"],
  [check, { record: record({ bucket: look({ isOver: false }) }) }, "more"],
  [check, { record: restored() }, "done"],
  [ask, { record: restored() }, "due"],
  [ask, { record: restored({ asked: asked(1) }) }, "due"],
  [ask, { record: restored({ asked: asked(2) }) }, "done"],
  [conclude, { record: restored() }, "due"],
  [conclude, { record: restored({ state: "failed" }) }, "done"],
  [keep, { record: restored() }, "due"],
  [keep, { record: restored({ keptId: KEPT }) }, "done"],
  [remove, null, "pending"],
  [remove, {}, "done"],
  [remove, { copies: [copy()] }, "due"],
  [remove, { copies: [copy({ status: "creating" })] }, "pending"],
  [remove, { copies: [copy({ status: "deleting" })], kept: [kept()] }, "due"],
  [remove, { kept: [kept({ status: "deleting" })] }, "pending"],
  [end, { record: restored() }, "due"],
  [end, { record: restored({ endedAt: NOW }) }, "done"],
] as [object, Partial<DatabaseDrillFacts> | null, Progress["kind"]][])("%o of %o is %s", (step, but, kind) => {
  expect(progress(step, but).kind).toBe(kind);
});
