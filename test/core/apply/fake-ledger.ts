import type { JournalEntry, Ledger } from "@steward/core/apply/ports";
import type { Approval, StoredPlan } from "@steward/core/approval/stored-plan";
import type { FirstDeployNote, FirstDeployRecord } from "@steward/core/first-deploy/facts";
import type { FleetFacts, Lease } from "@steward/core/fleet/facts";
import type { RunRecord } from "@steward/core/incidents/run-record";

export interface Books {
  journal: JournalEntry[];
  ended: RunRecord[];
}

/** Steward's memory over the lists of the facts, with the conditions that the real one has. */
export function fakeLedger(state: FleetFacts): { ledger: Ledger; books: Books } {
  const books: Books = { journal: [], ended: [] };
  return { books, ledger: { ...incidentsOf(state), ...leasesOf(state), ...recordsOf(state, books) } };
}

type Incidents = Pick<Ledger, "open" | "change" | "close" | "openIncidents" | "closedIncidents">;

function incidentsOf(state: FleetFacts): Incidents {
  const indexOf = ({ kind, resource }: { kind: string; resource: string }) =>
    state.incidents.findIndex((open) => open.kind === kind && open.resource === resource);
  return {
    async open(candidate) {
      const known = state.incidents[indexOf(candidate)];
      if (!known) state.incidents.push(candidate);
      return { incident: structuredClone(known ?? candidate), isNew: !known };
    },
    async change(key, change) {
      const index = indexOf(key);
      const open = state.incidents[index];
      if (!open) return undefined;
      state.incidents[index] = change(open);
      return structuredClone(state.incidents[index]);
    },
    async close(incident) {
      state.incidents = state.incidents.filter(({ id }) => id !== incident.id);
      state.closed = [...state.closed.filter(({ id }) => id !== incident.id), incident];
    },
    openIncidents: async () => state.incidents,
    closedIncidents: async () => state.closed,
  };
}

type Leases = Pick<Ledger, "leases" | "take" | "hold" | "release">;

/** Epochs are counted over all scopes. A released lease keeps its own: it stands in the books as one that ran out. */
function leasesOf(state: FleetFacts): Leases {
  const find = (scope: string) => state.leases.find((lease) => lease.scope === scope);
  const put = (lease: Lease) => {
    state.leases = [...state.leases.filter(({ scope }) => scope !== lease.scope), lease];
    return structuredClone(lease);
  };
  const holds = ({ scope, holder, epoch }: Lease) => find(scope)?.holder === holder && find(scope)?.epoch === epoch;
  return {
    leases: async () => state.leases,
    async take({ scope, holder, execution, now, expiresAt }) {
      const known = find(scope);
      const mine = known !== undefined && known.holder === holder && known.execution === execution;
      if (known && known.expiresAt > now && !mine) return undefined;
      const next = 1 + Math.max(0, ...state.leases.map(({ epoch }) => epoch));
      return put({ scope, holder, execution, epoch: known && mine && known.expiresAt > now ? known.epoch : next, expiresAt });
    },
    async hold(lease, expiresAt) {
      if (!holds(lease)) return false;
      put({ ...lease, expiresAt });
      return true;
    },
    async release(lease) {
      if (holds(lease)) put({ ...lease, holder: "nobody", execution: "", expiresAt: new Date(0) });
    },
  };
}

const recordIn = ({ firstDeploy }: FleetFacts): FirstDeployRecord => firstDeploy?.record ?? { reached: {}, written: null, databaseAt: null, finishedAt: null };

/** Each is written once, but for what is to follow the facts. */
export function withNote(record: FirstDeployRecord, note: FirstDeployNote): FirstDeployRecord {
  if (note.what === "written") return { ...record, written: { declared: note.declared, state: note.state } };
  if (note.what === "database") return { ...record, databaseAt: record.databaseAt ?? note.at };
  if (note.what === "finished") return { ...record, finishedAt: record.finishedAt ?? note.at };
  return { ...record, reached: { ...record.reached, [note.stage]: note.again ? note.at : (record.reached[note.stage] ?? note.at) } };
}

const isSamePlan = (a: Approval, b: Approval): boolean => a.hash === b.hash && a.plannedAt.getTime() === b.plannedAt.getTime();

type Records = Omit<Ledger, keyof Incidents | keyof Leases>;

function recordsOf(state: FleetFacts, books: Books): Records {
  return {
    announced: async () => state.announced,
    runs: async () => state.runs,
    runBegan: async (record) => void state.runs.push(record),
    async runEnded(record) {
      books.ended = [...books.ended.filter(({ name }) => name !== record.name), record];
    },
    attempts: async () => state.attempts,
    async putAttempt(attempt) {
      const same = (other: typeof attempt) =>
        other.run === attempt.run && other.runbook === attempt.runbook && other.startedAt.getTime() === attempt.startedAt.getTime();
      state.attempts = [...state.attempts.filter((other) => !same(other)), attempt];
    },
    lineage: async () => state.lineage,
    async rememberLineage(instanceId, ancestor) {
      state.lineage[instanceId] = ancestor;
    },
    async note(entry) {
      books.journal = [...books.journal.filter(({ run, key }) => run !== entry.run || key !== entry.key), entry];
    },
    firstDeploy: async () => recordIn(state),
    async noteFirstDeploy(note) {
      if (state.firstDeploy) state.firstDeploy.record = withNote(recordIn(state), note);
    },
    images: async () => state.images,
    async noteImage(image) {
      if (image.standing === "candidate" && image.retiredAt === undefined && state.images.some(({ imageId }) => imageId === image.imageId)) return;
      state.images = [...state.images.filter(({ imageId }) => imageId !== image.imageId), image];
    },
    slots: async () => state.slots,
    slot: async (slot) => structuredClone(state.slots.find((record) => record.slot.getTime() === slot.getTime())),
    async putSlot(record) {
      const known = state.slots.find(({ slot }) => slot.getTime() === record.slot.getTime());
      if ((known?.revision ?? 0) !== record.revision - 1) return false;
      state.slots = [...state.slots.filter((other) => other !== known), structuredClone(record)];
      return true;
    },
    prunings: async () => state.prunings,
    pruning: async (key) => structuredClone(state.prunings.find((record) => record.key === key)),
    async putPruning(record) {
      state.prunings = [...state.prunings.filter(({ key }) => key !== record.key), structuredClone(record)];
    },
    databaseDrill: async () => structuredClone(state.databaseDrill?.record ?? undefined),
    async putDatabaseDrill(record) {
      const known = state.databaseDrill;
      const isNext = (known?.record?.revision ?? 0) === record.revision - 1;
      if (known && isNext) known.record = structuredClone(record);
      return isNext;
    },
    copies: async () => [],
    putCopy: async () => true,
    drill: async () => structuredClone(state.drill?.record ?? undefined),
    async putDrill(record) {
      state.drill ??= { record: null, instances: [], volumes: [], probe: null, proof: { kind: "not-asked" }, count: { kind: "not-asked" }, since: null };
      const isNext = (state.drill.record?.revision ?? 0) === record.revision - 1;
      if (isNext) state.drill.record = structuredClone(record);
      return isNext;
    },
    restore: async () => structuredClone(state.restore?.record ?? undefined),
    async putRestore(record) {
      state.restore ??= { record: null, volumes: [] };
      const isNext = (state.restore.record?.revision ?? 0) === record.revision - 1;
      if (isNext) state.restore.record = structuredClone(record);
      return isNext;
    },
    plans: async () => structuredClone(state.approvals) as StoredPlan[],
    async putPlan(plan) {
      if (!state.approvals.some((other) => isSamePlan(other, plan))) state.approvals.push(structuredClone(plan));
    },
    async approvePlan(plan) {
      const known = state.approvals.find((other) => isSamePlan(other, plan));
      if (!known || known.approved) return false;
      known.approved = plan.approved;
      return true;
    },
    drillsSince: async () => state.drill?.since ?? null,
    noteDrillsSince: async (since) => {
      if (state.drill) state.drill.since = since && (state.drill.since ?? since);
    },
    claimAnnouncement: async () => "claimed",
    announcementSent: async (id) => void state.announced.push(id),
  };
}
