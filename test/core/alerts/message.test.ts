import { messageOf } from "@steward/core/alerts/message";
import type { Announcement } from "@steward/core/apply/ports";
import type { Incident } from "@steward/core/incidents/incident";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { incidents } from "../arbitrary-fleet.ts";
import { attempt, FIRST, hence, incident, NOW } from "../builders.ts";

const KINDS = ["opened", "paged", "resolved"] as const satisfies Announcement["kind"][];
const refusal = { guard: "retry-budget", because: "it does not help, a human has to look", at: NOW, times: 1 };
const message = (kind: Announcement["kind"], but: Partial<Incident> = {}, attempts = [attempt()]) => messageOf({ kind, incident: incident(but) }, attempts);

describe("a message", () => {
  test("of a page says who, why, what was done, what was refused and what to do next", () => {
    const { subject, body } = message("paged", { refusals: [refusal] });
    expect(subject).toBe(`[demo] Steward needs you: Package Manager is not running on the node, ${FIRST}`);
    expect(body).toBe(
      [
        `Incident ${incident().id}: ${FIRST} has been in trouble since 2026-05-04T02:59:00.000Z. Steward does not go on by itself.`,
        "",
        "Cause: Package Manager is not running on the node",
        "  - the service is failed",
        "Done:",
        `  - restart-service ${FIRST}: done (Package Manager is not running on the node)`,
        "Refused:",
        "  - retry-budget: it does not help, a human has to look",
        "",
        `Next: aws lambda invoke --function-name steward-demo-runbook --cli-binary-format raw-in-base64-out --payload '{"mode":"status"}' /dev/stdout`,
        "",
      ].join("\n"),
    );
  });

  test("of an opening says that Steward is on it", () => {
    const { subject, body } = message("opened", {}, []);
    expect(subject).toMatch(/^\[demo\] Steward is on it: /);
    expect(body).toContain("Steward is dealing with it.");
    expect(body).not.toContain("Done:");
    expect(body).not.toContain("Refused:");
  });

  test("of a recovery says how long it lasted and asks nothing of anybody", () => {
    const { subject, body } = message("resolved", { endedAt: hence({ minutes: 4 }) });
    expect(subject).toMatch(/^\[demo\] Recovered: /);
    expect(body).toContain("It lasted from 2026-05-04T02:59:00.000Z to 2026-05-04T03:04:00.000Z.");
    expect(body).not.toContain("Next:");
  });

  test("of a recovery whose end is not on record says so plainly", () => {
    expect(message("resolved").body).toContain("to now.");
  });

  test("tells only what was done for its own incident", () => {
    const { body } = message("paged", {}, [
      attempt({ incident: "another", because: "another story" }),
      attempt({ outcome: "failed", because: "systemd: timeout" }),
    ]);
    expect(body).toContain(`restart-service ${FIRST}: failed (systemd: timeout)`);
    expect(body).not.toContain("another story");
  });

  test("counts a guard that refused again and again", () => {
    expect(message("paged", { refusals: [{ ...refusal, times: 7 }] }).body).toContain("  - retry-budget (7 times): it does not help");
  });

  test("has a subject that keeps no line break and nothing beyond ASCII", () => {
    expect(message("paged", { resource: "größe\r\nBcc: all" }).subject).toMatch(/, gr e Bcc: all$/);
  });

  test("about what is kept says that users notice nothing, what is at stake, and where to look", () => {
    const about = { kind: "snapshot-missing" as const, cause: "snapshot-missing", resource: "vol-1", evidence: ["hourly has had no snapshot since noon"] };
    const { subject, body } = message("paged", { ...about, refusals: [{ ...refusal, guard: "nothing-left-to-try", because: "a human has to look" }] }, []);
    expect(subject).toBe("[demo] Steward needs you: a snapshot of the data volume is overdue, vol-1");
    expect(body).toBe(
      [
        `Incident ${incident().id}: the snapshots of vol-1 are not as they should be since 2026-05-04T02:59:00.000Z. A human has to look at them.`,
        "Users notice nothing: were the volume lost now, what was written since the last snapshot would be lost with it.",
        "",
        "Cause: a snapshot of the data volume is overdue",
        "  - hourly has had no snapshot since noon",
        "Refused:",
        "  - nothing-left-to-try: a human has to look",
        "",
        `Next: aws lambda invoke --function-name steward-demo-runbook --cli-binary-format raw-in-base64-out --payload '{"mode":"snapshots"}' /dev/stdout`,
        "",
      ].join("\n"),
    );
    expect(message("opened", about, []).body).toContain("Steward goes on with them.");
    const resolved = message("resolved", { ...about, endedAt: hence({ minutes: 4 }) }, []).body;
    expect(resolved).toContain("are as they should be again. It lasted from 2026-05-04T02:59:00.000Z to 2026-05-04T03:04:00.000Z.");
    expect(resolved).not.toContain("Users notice");
    expect(message("resolved", about, []).body).toContain("to now.");
  });

  test("about images speaks of images, and says where to look at them", () => {
    const about = { kind: "images-unpruned" as const, cause: "images-unpruned", resource: "steward-demo" };
    expect(message("opened", about, []).body).toContain("the images of steward-demo are not as they should be since");
    expect(message("paged", about, []).body).toContain(`--payload '{"mode":"images"}'`);
  });

  test.each(KINDS)("(%s) of any incident has a subject that SNS accepts, and a body that names cause and refusals", (kind) => {
    const accepted = fc.property(incidents, fc.string({ unit: "binary", maxLength: 200 }), fc.string({ unit: "binary" }), (about, resource, stage) => {
      const { subject, body } = messageOf({ kind, incident: { ...about, resource, stage, refusals: [refusal] } }, []);
      expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
      for (const part of ["Cause: ", refusal.guard, refusal.because]) expect(body).toContain(part);
    });
    fc.assert(accepted);
  });
});
