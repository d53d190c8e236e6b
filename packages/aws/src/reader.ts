import type { FleetFacts } from "@steward/core/fleet/facts";

export interface Reader {
  /** Reads; a failure goes on the list of what is unread, and `instead` takes the place of the answer. */
  attempt<T>(what: string, read: () => Promise<T>, instead: T): Promise<T>;
  /** What could not be read so far, by name, so that the order of answers does not show. */
  unread(): FleetFacts["unread"];
}

/** Keeps one failing read from hiding all the others, and from being taken for an absence. */
export function createReader(): Reader {
  const failed: FleetFacts["unread"] = [];
  return {
    async attempt(what, read, instead) {
      try {
        return await read();
      } catch (error) {
        failed.push({ what, because: error instanceof Error ? error.message : String(error) });
        return instead;
      }
    },
    unread: () => failed.toSorted((a, b) => (a.what < b.what ? -1 : 1)),
  };
}
