import type { Ledger } from "@steward/core/apply/ports";
import { Retryable } from "@steward/core/errors";
import { Incident } from "@steward/core/incidents/incident";
import { read } from "./ledger-read.ts";
import type { Item, Key, Table } from "./table.ts";

type Incidents = Pick<Ledger, "open" | "change" | "close" | "openIncidents" | "closedIncidents">;

/** A lost race means that another's write went through, so a handful of tries is plenty. */
const TRIES = 10;

/** Incidents: one open per kind and resource, under a revision that only grows; closed ones are kept. */
export function ledgerOfIncidents(table: Table): Incidents {
  const current = async (key: Pick<Incident, "kind" | "resource">) => stored(await table.get(keyOf(key)));

  return {
    async open(candidate) {
      const written = await table.put({ ...keyOf(candidate), revision: 1, ...candidate }, { when: "attribute_not_exists(pk)" });
      if (written.done) return { incident: candidate, isNew: true };
      const found = stored(written.found);
      if (found) return { incident: found.incident, isNew: false };
      throw new Retryable(`the incident ${keyOf(candidate).sk} came and went while it was being opened`);
    },

    async change(key, change) {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const before = await current(key);
        if (!before) return undefined;
        const incident = change(before.incident);
        if (incident === before.incident) return incident;
        const next = { ...keyOf(key), revision: before.revision + 1, ...incident };
        if ((await table.put(next, { when: "#revision = :revision", values: { revision: before.revision } })).done) return incident;
      }
      throw new Retryable(`the incident ${keyOf(key).sk} changes faster than it can be written`);
    },

    /** What was recorded after the caller looked is kept. */
    async close(incident) {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const before = await current(incident);
        if (before?.incident.id !== incident.id) return;
        const closed = closedItem({ ...before.incident, endedAt: incident.endedAt, state: incident.state });
        if (await table.swap(keyOf(incident), { when: "#revision = :revision", values: { revision: before.revision } }, closed)) return;
      }
      throw new Retryable(`the incident ${keyOf(incident).sk} changes faster than it can be closed`);
    },

    openIncidents: async () => (await table.list("OPEN")).map((item) => read(item, Incident)),

    closedIncidents: async (since) => (await table.list("CLOSED", since.toISOString())).map((item) => read(item, Incident)),
  };
}

const keyOf = ({ kind, resource }: Pick<Incident, "kind" | "resource">): Key => ({ pk: "OPEN", sk: `${kind}#${resource}` });

const closedItem = (incident: Incident): Item => ({ ...incident, pk: "CLOSED", sk: `${(incident.endedAt ?? incident.openedAt).toISOString()}#${incident.id}` });

const stored = (item: Item | undefined) => item && { incident: read(item, Incident), revision: Number(item.revision) };
