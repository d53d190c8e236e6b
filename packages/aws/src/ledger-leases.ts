import type { Ledger } from "@steward/core/apply/ports";
import { Lease } from "@steward/core/fleet/facts";
import { read } from "./ledger-read.ts";
import type { Condition, Table } from "./table.ts";

type Leases = Pick<Ledger, "leases" | "take" | "hold" | "release">;

/**
 * Leases with epochs that never go down, counted over all scopes: a node is commanded under several, and refuses whatever is older than
 * the last command that it saw. Expiry is compared with the caller's time: the table's own deletion (TTL) may
 * come days late.
 */
export function ledgerOfLeases(table: Table): Leases {
  return {
    /** Those that somebody holds, expired ones included. */
    leases: async () => (await table.list("LEASE")).filter((item) => "holder" in item).map((item) => read(item, Lease)),

    async take({ scope, holder, execution, now, expiresAt }) {
      const values = { scope, holder, execution, now, expiresAt, epoch: await nextEpoch(table) };
      const written = await table.update(keyOf(scope), TAKE, { when: FREE, values });
      if (written.done) return read(written.item ?? keyOf(scope), Lease);
      if (written.found?.holder !== holder || written.found.execution !== execution) return undefined;
      const mine = { ...read(written.found, Lease), expiresAt };
      return (await renew(table, mine)) ? mine : undefined;
    },

    hold: (lease, expiresAt) => renew(table, { ...lease, expiresAt }),

    async release(lease) {
      await table.update(keyOf(lease.scope), "REMOVE #holder, #execution, #expiresAt", ours(lease));
    },
  };
}

/** Whoever drew a lower number than the last holder comes too late, and tries again. */
const FREE = "(attribute_not_exists(#holder) OR #expiresAt <= :now) AND (attribute_not_exists(#epoch) OR #epoch < :epoch)";
const TAKE = "SET #scope = :scope, #holder = :holder, #execution = :execution, #expiresAt = :expiresAt, #epoch = :epoch";

/** A number that nobody had before. */
async function nextEpoch(table: Table): Promise<number> {
  const values = { zero: 0, one: 1 };
  const written = await table.update({ pk: "EPOCH", sk: "last" }, "SET #epoch = if_not_exists(#epoch, :zero) + :one", { when: ANYHOW, values });
  return read((written.done ? written.item : undefined) ?? { pk: "EPOCH", sk: "last" }, Lease.pick({ epoch: true })).epoch;
}

const ANYHOW = "attribute_exists(pk) OR attribute_not_exists(pk)";

const keyOf = (scope: string) => ({ pk: "LEASE", sk: scope });

/** Epoch and holder together: whoever took it since has a higher epoch. */
const ours = ({ holder, epoch }: Lease, more: Record<string, unknown> = {}): Condition => ({
  when: "#holder = :holder AND #epoch = :epoch",
  values: { holder, epoch, ...more },
});

const renew = async (table: Table, lease: Lease): Promise<boolean> =>
  (await table.update(keyOf(lease.scope), "SET #expiresAt = :expiresAt", ours(lease, { expiresAt: lease.expiresAt }))).done;
