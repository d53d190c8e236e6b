import { messageOf } from "@steward/core/alerts/message";
import { after, before } from "@steward/core/apply/duration";
import { InvalidEvent, Retryable } from "@steward/core/errors";
import { Incident } from "@steward/core/incidents/incident";
import { z } from "zod";
import type { Runtime } from "./runtime.ts";
import { handle } from "./stack.ts";

const Announced = z.object({ source: z.literal("steward"), detail: z.object({ kind: z.enum(["opened", "paged", "resolved"]), incident: Incident }) });

/** Tells people, once: a doubled announcement finds it said; one that died while saying it is said again. */
export const alert = (runtime: Runtime<"deadLetter" | "ledger" | "now" | "topic">) =>
  handle(runtime, "alert", async (event) => {
    const parsed = Announced.safeParse(event);
    if (!parsed.success) throw new InvalidEvent(`not an announcement of ours: ${z.prettifyError(parsed.error)}`);
    const { ledger, topic, now } = runtime.world;
    const { detail } = parsed.data;
    const id = `${detail.incident.id}/${detail.kind}`;
    const claim = await ledger.claimAnnouncement(id, now(), after(now(), { seconds: 90 }));
    if (claim === "busy") throw new Retryable(`${id} is being sent at this moment`);
    if (claim === "sent") return { id, sent: false };
    const message = messageOf(detail, await ledger.attempts(before(now(), { hours: 24 })));
    await topic.publish(message.subject, message.body);
    await ledger.announcementSent(id, now());
    return { id, sent: true };
  });
