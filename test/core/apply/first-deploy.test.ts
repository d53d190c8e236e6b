import type { RunSubject } from "@steward/core/apply/order";
import { Permanent } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { describe, expect, test } from "vitest";
import { ago, attempt, healthyFleet, incident, lease, NOW, OTHER } from "../builders.ts";
import { before, build, emptyAccount, KINDS, knowing, noted } from "../first-deploy/founding.ts";
import { holders, runToEnd, tried } from "./engine.ts";
import { fakeWorld } from "./fake-world.ts";

const subject: RunSubject = { kind: "first-deploy" };
const short = { rounds: 4 };

describe("the run of a first deploy", () => {
  test.each(KINDS)("in %s goes as far as it can without anybody, and lets the lease go", async (kind) => {
    const fake = fakeWorld(before(kind, "document"));
    expect((await runToEnd(fake, subject, { ...policyOf(kind), rounds: 12 })).end).toBe("handed-over");
    const papers = ["write-document", "write-template base=steward-demo-base baseVersion=1 imageId=ami-0123456789abcdef0", "size-group"];
    expect(fake.books.journal.slice(0, 3).map(({ what }) => what)).toEqual(papers.map((what) => expect.stringContaining(what)));
    expect(fake.state.desired).not.toBeNull();
    expect(holders(fake)).toEqual([]);
    expect(fake.books.ended).toMatchObject([{ subject: "first-deploy", outcome: "handed-over" }]);
  });

  test("gives a stage its time anew that it comes back to", async () => {
    const reached = { image: ago({ hours: 1 }), template: ago({ hours: 9 }) };
    const fake = fakeWorld(noted(before("ha", "template"), { reached }));
    await runToEnd(fake, subject, short);
    expect(fake.state.firstDeploy?.record.reached).toMatchObject({ image: reached.image, template: NOW });
  });

  test("is done when nothing is left of it", async () => {
    expect((await runToEnd(fakeWorld(healthyFleet()), subject)).end).toBe("done");
    const fake = fakeWorld(before("ha"));
    expect([(await runToEnd(fake, subject)).end, fake.commands]).toEqual(["done", []]);
  });

  test("is not done because nobody can see: it looks again", async () => {
    const fake = fakeWorld({ ...before("ha", "template"), firstDeploy: null, unread: [{ what: "the group", because: "throttled" }] });
    fake.later(20, (state) => Object.assign(state, { unread: [], firstDeploy: before("ha", "template").firstDeploy }));
    expect((await runToEnd(fake, subject, short)).end).toBe("handed-over");
    expect(fake.effects[0]).toContain("write-template");
  });

  test("does nothing while something of it is unread", async () => {
    const fake = fakeWorld(knowing(before("ha", "template"), { unread: [{ what: "the vault", because: "throttled" }] }));
    expect([(await runToEnd(fake, subject, short)).end, fake.commands]).toEqual(["handed-over", []]);
  });

  test("hands over at once to people who have to do something", async () => {
    const fake = fakeWorld(before("ha", "secrets"));
    expect([(await runToEnd(fake, subject)).end, fake.commands, fake.now()]).toEqual(["handed-over", [], NOW]);
  });

  test("hands over to the next sweep after its rounds", async () => {
    const fake = fakeWorld({ ...emptyAccount("ha"), builds: [build()] });
    expect([(await runToEnd(fake, subject, short)).end, fake.commands]).toEqual(["handed-over", []]);
  });

  test("asks Image Builder, and does not start a second build beside the first", async () => {
    const fake = fakeWorld(emptyAccount("ha"));
    for (let run = 1; run <= 3; run++) await runToEnd(fake, subject, short);
    expect(fake.effects).toEqual(["build-image 1"]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["the switch is off", { switch: { position: "off" } }],
    ["it was tried a hundred times within a day", { attempts: Array.from({ length: 100 }, () => attempt({ runbook: "first-deploy", resource: "the fleet" })) }],
    [
      "an incident is open that nobody has been able to look into",
      { unread: [{ what: "the group", because: "throttled" }], incidents: [incident({ openedAt: ago({ hours: 1 }) })] },
    ],
    ["another run is at it", { leases: [lease({ scope: "node/the fleet", execution: OTHER })] }],
  ])("is refused when %s", async (_when, but) => {
    const fake = fakeWorld({ ...before("ha", "template"), ...but });
    expect([(await runToEnd(fake, subject)).end, fake.commands]).toEqual(["refused", []]);
  });

  test("ends with a step that no repetition helps; the next sweep tries again", async () => {
    const fake = fakeWorld(before("ha", "template"));
    fake.world.actuators["write-template"] = () => Promise.reject(new Permanent("there is no launch template steward-demo-base"));
    expect((await runToEnd(fake, subject)).end).toBe("failed");
    expect(tried(fake)).toEqual(["first-deploy failed"]);
    expect(fake.state.attempts[0]).toMatchObject({ resource: "the fleet", because: "there is no launch template steward-demo-base" });
  });

  test("by request goes one stage further, with the same lease", async () => {
    const fake = fakeWorld(before("ha", "template"));
    const request: RunSubject = { kind: "request", id: "42", runbook: "first-deploy", input: {}, because: "asked for" };
    expect((await runToEnd(fake, request)).end).toBe("done");
    expect(fake.effects).toEqual(["write-template steward-demo-base 1 ami-0123456789abcdef0"]);
    const busy = fakeWorld({ ...before("ha", "template"), leases: [lease({ scope: "node/the fleet", execution: OTHER })] });
    expect([(await runToEnd(busy, request)).end, busy.commands]).toEqual(["refused", []]);
  });
});
