import type { Ledger } from "@steward/core/apply/ports";
import { alert } from "@steward/functions/alert";
import { describe, expect, test } from "vitest";
import { attempt, fleetWithSickNode, hence, incident } from "../core/builders.ts";
import { aRuntime, context } from "./a-runtime.ts";

const opened = { id: "event-1", source: "steward", detail: { kind: "opened", incident: incident() } };
const id = `${incident().id}/opened`;

/** People's topic over a ledger that answers every claim like this, and says what is asked of it. */
function telling(claim: Awaited<ReturnType<Ledger["claimAnnouncement"]>>, publish?: () => Promise<void>) {
  const asked: unknown[][] = [];
  const bench = aRuntime(fleetWithSickNode({ attempts: [attempt()] }), ({ ledger, topic }) => ({
    ledger: {
      ...ledger,
      claimAnnouncement: async (...call) => {
        asked.push(["claim", ...call]);
        return claim;
      },
      announcementSent: async (...call) => void asked.push(["sent", ...call]),
    },
    topic: { publish: publish ?? topic.publish },
  }));
  return { ...bench, asked, tell: (event: unknown = JSON.parse(JSON.stringify(opened))) => alert(bench.runtime)(event, context()) };
}

describe("an announcement", () => {
  test("reaches people once it is claimed for 90 seconds, and is marked as sent afterwards", async () => {
    const { tell, published, asked, fake } = telling("claimed");
    expect(await tell()).toEqual({ id, sent: true });
    expect(published).toMatchObject([{ subject: expect.stringMatching(/^\[demo\] Steward is on it: .*, i-0aaaaaaaaaaaaaaa1$/) }]);
    expect(published[0]?.body).toContain("restart-service i-0aaaaaaaaaaaaaaa1: done");
    expect(asked).toEqual([
      ["claim", id, fake.now(), hence({ seconds: 90 })],
      ["sent", id, fake.now()],
    ]);
  });

  test("is said no more when it was said", async () => {
    const { tell, published } = telling("sent");
    expect(await tell()).toEqual({ id, sent: false });
    expect(published).toEqual([]);
  });

  test("is tried later while another is at it, who may die on the way", async () => {
    const { tell, published } = telling("busy");
    await expect(tell()).rejects.toMatchObject({ name: "Retryable", message: `${id} is being sent at this moment` });
    expect(published).toEqual([]);
  });

  test("is not marked as sent when it could not be", async () => {
    const { tell, asked } = telling("claimed", () => Promise.reject(new Error("no topic")));
    await expect(tell()).rejects.toThrow("no topic");
    expect(asked.map(([what]) => what)).toEqual(["claim"]);
  });

  test.each(["paged", "resolved"] as const)("of another kind (%s) is another announcement", async (kind) => {
    const { tell } = telling("claimed");
    expect(await tell({ ...opened, detail: { kind, incident: incident() } })).toEqual({ id: `${incident().id}/${kind}`, sent: true });
  });
});

test.each<[string, unknown]>([
  ["of somebody else", { ...opened, source: "aws.ec2" }],
  ["of an unknown kind", { ...opened, detail: { kind: "rumour", incident: incident() } }],
  ["without an incident", { ...opened, detail: { kind: "opened" } }],
])("an event %s goes to the dead letter and to nobody else", async (_what, event) => {
  const { tell, letters, published, asked } = telling("claimed");
  expect(await tell(event)).toMatchObject({ deadLettered: expect.stringMatching(/^not an announcement of ours: /) });
  expect(letters).toMatchObject([{ because: expect.stringMatching(/^alert: not an announcement of ours/), event }]);
  expect([published, asked]).toEqual([[], []]);
});
