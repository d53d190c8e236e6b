import { PREPARATION } from "@steward/core/first-deploy/prepare";
import { RAISING } from "@steward/core/first-deploy/raise";
import { MARK } from "@steward/core/retention/marks";
import { dataVolumeOf } from "@steward/simulator/invariants/data-volume";
import type { Stage } from "../simulation/stage.ts";
import { drillNews } from "./drill-news.ts";

/** Who a line is about: the eye finds its own by these. */
export type Voice = "fault" | "balancer" | "ec2" | "group" | "alarm" | "steward" | "people" | "users";

/** Something that a reader may see once: when `value` of `key` changes, its line is told. */
export interface News {
  key: string;
  value: string;
  voice: Voice;
  tone: "good" | "bad" | "neutral";
  text: string;
}

export type Label = (instanceId: string) => string;

/** Everything that can be told of the stage as it stands; what changed since last time is news. */
export function newsOf(stage: Stage, label: Label): News[] {
  const named = (text: string) => text.replace(/\bi-[0-9a-f]{17}\b/g, (id) => label(id));
  return [
    ...faults(stage),
    ...nodes(stage, label),
    ...belongings(stage),
    ...stillness(stage),
    ...snapshots(stage),
    ...drillNews(stage),
    ...alarms(stage),
    ...record(stage),
    ...messages(stage),
  ].map((news) => ({
    ...news,
    text: named(news.text),
  }));
}

const faults = (stage: Stage): News[] =>
  stage.faults.map(({ id, cleared }, index) => ({
    key: `fault ${index}`,
    value: id,
    voice: "fault",
    tone: cleared ? "good" : "bad",
    text: cleared ? `${id} is over` : id,
  }));

function nodes(stage: Stage, label: Label): News[] {
  const words = stage.deployed.balancer ? LIFECYCLE : { ...LIFECYCLE, ...LIFECYCLE_OF_SERVER };
  return stage.nodes.flatMap(({ instanceId, lifecycle, target, reason }): News[] => [
    { key: `lifecycle ${instanceId}`, value: lifecycle, voice: "group", tone: "neutral", text: `${label(instanceId)} is ${words[lifecycle] ?? lifecycle}` },
    ...(stage.deployed.balancer ? [targetNews(label(instanceId), target, reason)] : []),
  ]);
}

const targetNews = (node: string, target: string, reason: string): News => ({
  key: `target ${node}`,
  value: target,
  voice: "balancer",
  tone: target === "healthy" ? "good" : target === "unhealthy" ? "bad" : "neutral",
  text: `${node} is ${target}${reason ? ` (${reason})` : ""}`,
});

/** What a single server has that no other may have at the same time. */
function belongings({ world, deployed }: Stage): News[] {
  const { ec2 } = world;
  const { named } = deployed;
  const volume = dataVolumeOf(world, deployed);
  const holders = [
    ["the data volume", volume?.id, volume?.attachment?.instanceId],
    ["the address", named.address, ec2.addresses.get(named.address ?? "")?.association?.instanceId],
  ] as const;
  return holders.flatMap(([what, id, holder]): News[] =>
    id === undefined ? [] : [{ key: what, value: holder ?? "free", voice: "ec2", tone: "neutral", text: `${what} is ${holder ? `with ${holder}` : "free"}` }],
  );
}

/** Who reads is served all the while; who writes waits. */
const stillness = ({ freezes }: Stage): News[] =>
  freezes.flatMap(({ from, to }): News[] => {
    const key = `freeze ${from.toISOString()}`;
    const goesOn = to && {
      key: `${key} end`,
      value: "",
      voice: "users" as const,
      tone: "good" as const,
      text: `who writes goes on after ${seconds(from, to)} s`,
    };
    return [{ key, value: "", voice: "users", tone: "neutral", text: "who writes waits: the data volume stands still" }, ...(goesOn ? [goesOn] : [])];
  });

const seconds = (from: Date, to: Date): number => Math.round((to.getTime() - from.getTime()) / 1000);

function snapshots(stage: Stage): News[] {
  const { prunings } = stage.chronicle;
  return [
    ...stage.snapshots.map(({ id, state, tags }): News => {
      const kind = `${tags[MARK.slot]?.slice(0, 16).replace("T", " ")}, ${tags[MARK.consistency]}`;
      return { key: id, value: `${state} ${kind}`, voice: "ec2", tone: SNAPSHOT_TONES[state], text: `${id} (${kind}) is ${state}` };
    }),
    ...prunings.map(({ key, status, deleted, failures, because }): News => {
      const account = `${deleted} deleted${failures > 0 ? `, ${failures} not` : ""}${because ? `: ${because}` : ""}`;
      return {
        key: `pruning ${key}`,
        value: status,
        voice: "steward",
        tone: status === "refused" ? "bad" : "neutral",
        text: `pruning is ${status}, ${account}`,
      };
    }),
  ];
}

const SNAPSHOT_TONES = { pending: "neutral", completed: "good", error: "bad" } as const;

const LIFECYCLE: Record<string, string> = {
  Pending: "launching",
  "Pending:Wait": "held in the launch hook until it equals the desired state",
  "Pending:Proceed": "let in",
  InService: "in service",
  EnteringStandby: "leaving the balancer",
  Standby: "in standby: out of the balancer for certain",
  Terminating: "being ended",
  "Terminating:Wait": "held in the terminate hook until its work is done",
  "Terminating:Proceed": "let go",
  gone: "gone",
};

/** Nobody stands before a single server. */
const LIFECYCLE_OF_SERVER: Record<string, string> = {
  "Pending:Wait": "held in the launch hook until it has the data volume and the address",
  EnteringStandby: "going to standby",
  Standby: "in standby",
};

const alarms = (stage: Stage): News[] =>
  stage.alarms.map(({ name, state }) => ({
    key: `alarm ${name}`,
    value: state,
    voice: "alarm",
    tone: state === "ALARM" ? "bad" : state === "OK" ? "good" : "neutral",
    text: `${name}: ${state}`,
  }));

function record(stage: Stage): News[] {
  const { incidents, attempts, keeping, journal, reached } = stage.chronicle;
  return [
    ...[...reached.keys()].map((id): News => ({ key: `stage ${id}`, value: "", voice: "steward", tone: "neutral", text: stageWords(id) })),
    ...incidents.flatMap((incident): News[] => [
      {
        key: `incident ${incident.id}`,
        value: "opened",
        voice: "steward",
        tone: "bad",
        text: `opens incident ${incident.kind} ${incident.resource}: ${incident.cause} (${incident.evidence.join("; ")})`,
      },
      ...incident.refusals.map(
        ({ guard, because }): News => ({
          key: `refusal ${incident.id} ${guard}`,
          value: guard,
          voice: "steward",
          tone: "neutral",
          text: `guard ${guard}: ${because}`,
        }),
      ),
      ...(incident.state === "resolved"
        ? [
            {
              key: `incident ${incident.id} end`,
              value: "closed",
              voice: "steward",
              tone: "good",
              text: `verifies and closes ${incident.kind} ${incident.resource}`,
            } satisfies News,
          ]
        : []),
    ]),
    ...[...attempts, ...keeping].map(
      ({ run, runbook, resource, outcome, startedAt, because }): News => ({
        key: `attempt ${run} ${runbook} ${startedAt.toISOString()}`,
        value: outcome,
        voice: "steward",
        tone: outcome === "done" ? "good" : outcome === "running" ? "neutral" : "bad",
        text: `${runbook} ${resource}: ${outcome === "running" ? "begins" : outcome}${outcome === "failed" ? ` (${because})` : ""}`,
      }),
    ),
    ...journal.map(
      ({ run, at, what, because }): News => ({
        key: `journal ${run} ${at.toISOString()} ${what}`,
        value: "",
        voice: "steward",
        tone: "neutral",
        text: `${inShort(what)}: ${because}`,
      }),
    ),
  ];
}

/** What a set, a pruning and a drill are made of is told by what comes of them. */
const inShort = (what: string): string => IN_SHORT.exec(what)?.[0] ?? what;

const IN_SHORT = /^((take|prune)-snapshots|write-drill-document|launch-prover|converge-copy|note-drill|conclude-drill)/;

const stageWords = (id: string): string =>
  id === "finished" ? "the first deploy is over" : id === "database" ? "the database has its logins and schemas" : `first deploy: ${WORDS.get(id) ?? id}`;

const WORDS = new Map<string, string>([...PREPARATION, ...RAISING].map((stage) => [stage.id, `waits until ${stage.words}`]));

const messages = (stage: Stage): News[] =>
  stage.messages.map(({ messageId, subject = "" }) => ({
    key: `message ${messageId}`,
    value: "",
    voice: "people",
    tone: subject.includes("Recovered") ? "good" : "bad",
    text: `✉ ${subject}`,
  }));
