import { ACCOUNT } from "@steward/core/desired/places";
import { between } from "../world/chance.ts";
import { keepDatabase, openDatabase } from "./database-access.ts";
import { type Contents, leader, registered } from "./database-server.ts";
import type { FileSystem } from "./file-system.ts";
import type { MachineImage } from "./machine-image.ts";
import { handedOut, storeFirstPackages } from "./repositories.ts";
import { Dependency, type SharedDependencies } from "./shared-dependencies.ts";
import { readSetup, type Setup, type SetupReading } from "./start-up.ts";

/** What a socket of the machine would say. */
export type Answer = { kind: "answer"; status: number; ms: number; body: string } | { kind: "timeout" } | { kind: "refused" };

/** One run of the server process; all its chances are drawn when it starts, so that looking at it changes nothing. */
interface Process {
  startedAt: number;
  found: SetupReading;
  /** Under this name it registers in its database. */
  hostname: string;
  /** Until it serves: seen 8 to 20 s, assumed. */
  warmUpMs: number;
  /** Until it has its connections back after the database returned: assumed 3 to 12 s. */
  reconnectMs: number;
  withoutDatabase: "503" | "timeout";
  endsAt: number | undefined;
  /** What is in its database, since it was let in with the key that is in use there. */
  contents: Contents | undefined;
  /** Which computers systemd lets it reach, and be reached from. */
  reach: Reach;
}

type Reach = "all" | "itself" | "none";

type Unit = { state: "inactive" | "failed"; since: Date | null } | { state: "active"; since: Date; process: Process };

/** The machine that the server runs on. */
interface Home {
  image: MachineImage;
  files: FileSystem;
  shared: SharedDependencies;
  hostname: () => string;
  /** Since when nothing of the machine reaches the network any more. */
  cutOffAt: () => Date | undefined;
}

const SERVED_MS = 4;
const LOST: SetupReading = { kind: "ends", because: "input/output error" };

/** What lies on the server's own volume is there as long as the volume is. */
const ITS_OWN = new Dependency();

/** Where the server says what became of its start. Source: Admin Guide, "Server log". */
const LOG = "/var/log/rstudio/rstudio-pm/rstudio-pm.log";

/**
 * Package Manager on one machine, seen from outside: process, answers, what it keeps in its database. It is computed from the time when
 * somebody looks and costs nothing between. A login that stops working ends no connection that is there already.
 */
export class PackageManager {
  /** Hidden from whoever prints the world: a process knows its passwords. */
  #unit: Unit = { state: "inactive", since: null };
  private offline = false;
  private hung: { survivesRestart: boolean } | undefined;
  private readonly home: Home;

  constructor(home: Home) {
    this.home = home;
  }

  /** A new process with the environment that systemd gives it; one that runs goes on. */
  start(environment: ReadonlyMap<string, string>, reach: Reach = "all"): void {
    if (this.state().state === "active") return;
    this.offline = false;
    if (!this.hung?.survivesRestart) this.hung = undefined;
    const { files, image } = this.home;
    const found = this.hasLostVolume() ? LOST : readSetup({ files, environment, version: image.version });
    this.#unit = { state: "active", since: new Date(), process: this.spawn(found, reach) };
  }

  stop(state: "inactive" | "failed" = "inactive", at = new Date()): void {
    this.#unit = { state, since: at };
  }

  /** The process is there and takes no request any more; for example stuck in storage I/O when it survives restarts. */
  hang(how: { survivesRestart: boolean }): void {
    this.hung = how;
  }

  /** Ends a hang from outside, like storage that answers again. */
  unhang(): void {
    this.hung = undefined;
  }

  /** `rspm offline` and `rspm online`; false when there is no server to talk to. */
  go(to: "offline" | "online"): boolean {
    if (this.state().state !== "active" || this.hung) return false;
    this.offline = to === "offline";
    return true;
  }

  isHung(): boolean {
    return this.hung !== undefined;
  }

  state(): { state: "inactive" | "failed" | "active"; since: Date | null } {
    if (this.#unit.state !== "active") return this.#unit;
    this.connect(this.#unit.process);
    const { endsAt } = this.#unit.process;
    if (endsAt !== undefined && Date.now() >= endsAt) this.stop("failed", new Date(endsAt));
    return this.#unit;
  }

  /** Host names that are registered with this server's database, and which of them leads; undefined where nobody answers. */
  cluster(): { names: string[]; leader: string | undefined } | undefined {
    const contents = this.serving()?.contents;
    return contents && { names: registered(contents), leader: leader(contents) };
  }

  /** Where plain HTTP is answered now. */
  port(): number | undefined {
    return this.setup()?.http?.port;
  }

  /** Whether others than the machine itself reach it. */
  isOpen(): boolean {
    const setup = this.setup();
    if (this.reach() !== "all") return false;
    return setup === undefined || setup.https || (setup.http?.toAll ?? false);
  }

  private reach(): Reach {
    return this.#unit.state === "active" ? this.#unit.process.reach : "all";
  }

  private setup(): Setup | undefined {
    return this.#unit.state === "active" && this.#unit.process.found.kind === "setup" ? this.#unit.process.found.setup : undefined;
  }

  answer(path: string): Answer {
    this.state();
    if (this.#unit.state !== "active") return { kind: "refused" };
    if (this.hung || this.reach() === "none") return { kind: "timeout" };
    const { process } = this.#unit;
    if (this.hasLostVolume()) return served(500, "");
    if (Date.now() < this.servesFrom(process)) return this.notServing(process);
    if (!process.contents) return { kind: "refused" };
    if (this.offline) return served(503, "");
    return this.serve(path);
  }

  private hasLostVolume(): boolean {
    return this.home.files.mountOf(ACCOUNT.home)?.lost ?? false;
  }

  private serve(path: string): Answer {
    if (path === "/__ping__") return served(200, "{}");
    if (path === "/__api__/status") return served(200, JSON.stringify({ version: this.home.image.version }));
    if (this.setup()?.storage !== "file" && !this.home.shared.storage.reachable) return served(500, "");
    const { status, body } = handedOut(path, { files: this.home.files, reachesOthers: this.reach() === "all" });
    return served(status, body);
  }

  private serving(): Process | undefined {
    this.state();
    if (this.#unit.state !== "active" || this.hung || !this.#unit.process.contents) return undefined;
    return Date.now() >= this.servesFrom(this.#unit.process) ? this.#unit.process : undefined;
  }

  private network({ found }: Process): Dependency {
    return found.kind === "setup" && found.setup.database.kind === "sqlite" ? ITS_OWN : this.home.shared.database;
  }

  /** A process that cannot reach its database waits for it, at start and later, and comes back by itself. */
  private servesFrom(process: Process): number {
    const { startedAt, warmUpMs, reconnectMs } = process;
    const warm = startedAt + warmUpMs;
    const database = this.network(process);
    if (!database.reachable) return Number.POSITIVE_INFINITY;
    const back = database.since?.getTime() ?? 0;
    return back > startedAt ? Math.max(warm, back + reconnectMs) : warm;
  }

  /** The port opens when the start is over; after that, a lost database shows as 503 or as silence. */
  private notServing(process: Process): Answer {
    const warm = process.startedAt + process.warmUpMs;
    if (Date.now() < warm || !process.contents || !this.network(process).reachableSince(warm)) return { kind: "refused" };
    return process.withoutDatabase === "503" ? served(503, "") : { kind: "timeout" };
  }

  /**
   * As soon as the database is there: a login that is refused is tried again, a key that is not the one in use there ends the process.
   * Both are assumed. Another server with the same host name would take the place of this one.
   */
  private connect(process: Process): void {
    const from = this.servesFrom(process);
    if (process.contents || process.found.kind !== "setup" || Date.now() < from || this.hasLostVolume()) return;
    const { keyFingerprint, database } = process.found.setup;
    const contents = openDatabase(database, this.home);
    if (!contents) return;
    if (contents.keyFingerprint === undefined && database.kind === "sqlite") storeFirstPackages(this.home.files);
    contents.keyFingerprint ??= keyFingerprint;
    if (contents.keyFingerprint !== keyFingerprint) {
      process.endsAt ??= from;
      this.log("encryption key: another one is in use in the database");
      return;
    }
    contents.servers.set(process.hostname, { goneAt: () => this.goneAt(process) });
    keepDatabase(database, contents, this.home);
    process.contents = contents;
    this.log("Posit Package Manager service is ready");
  }

  private goneAt(process: Process): Date | undefined {
    const { since } = this.state();
    if (this.#unit.state !== "active" || this.#unit.process !== process) return since ?? undefined;
    return this.home.cutOffAt();
  }

  private log(line: string): void {
    this.home.files.append(LOG, `${new Date().toISOString()} ${line}\n`, { mode: 0o600, owner: ACCOUNT.name });
  }

  private spawn(found: SetupReading, reach: Reach): Process {
    const startedAt = Date.now();
    const chances = { warmUpMs: between(8_000, 20_000), reconnectMs: between(3_000, 12_000), crashAfterMs: between(2_000, 6_000), half: between(0, 1) };
    if (found.kind === "ends") this.log(found.because);
    return {
      startedAt,
      found,
      reach,
      hostname: this.home.hostname(),
      warmUpMs: chances.warmUpMs,
      reconnectMs: chances.reconnectMs,
      withoutDatabase: chances.half < 0.5 ? "503" : "timeout",
      contents: undefined,
      endsAt: this.home.image.service === "crashes" || found.kind === "ends" ? startedAt + chances.crashAfterMs : undefined,
    };
  }
}

const served = (status: number, body: string): Answer => ({ kind: "answer", status, ms: SERVED_MS, body });
