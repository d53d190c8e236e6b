import { DataDisks } from "./data-disk.ts";
import type { Sql } from "./database-server.ts";
import { type MachineImage, PPM_IMAGE } from "./machine-image.ts";

/** Something that all machines need and share; remembers when it changed, because they notice at their own pace. */
export class Dependency {
  private readonly changes: number[] = [];

  get reachable(): boolean {
    return this.changes.length % 2 === 0;
  }

  set reachable(reachable: boolean) {
    if (reachable !== this.reachable) this.changes.push(Date.now());
  }

  /** When it last became reachable or unreachable; undefined when it always was reachable. */
  get since(): Date | undefined {
    const last = this.changes.at(-1);
    return last === undefined ? undefined : new Date(last);
  }

  /** Whether it was reachable at any moment from `from` to now. */
  reachableSince(from: number): boolean {
    return this.reachable || (this.changes.at(-1) ?? 0) > from;
  }
}

/** What lies outside of the machines, and decides how they fare. */
export interface SharedDependencies {
  database: Dependency;
  storage: Dependency;
  /** What is in the database that answers to a host name; undefined where the name resolves to none. */
  databaseAt: (host: string) => Sql | undefined;
  /** Whether packets get through to the database at a host name. */
  reachesDatabase: (host: string) => boolean;
  /** What is written on the data volumes. */
  disks: DataDisks;
  /** Images by id. */
  images: Map<string, MachineImage>;
  /** What an image id that nobody described boots as. */
  defaultImage: MachineImage;
}

/** Everything reachable, and one good image; no database is known by name. */
export function createSharedDependencies(given: Partial<SharedDependencies> = {}): SharedDependencies {
  const none = () => undefined;
  const database = given.database ?? new Dependency();
  return {
    database,
    reachesDatabase: () => database.reachable,
    storage: new Dependency(),
    databaseAt: none,
    disks: new DataDisks(),
    images: new Map(),
    defaultImage: PPM_IMAGE,
    ...given,
  };
}
