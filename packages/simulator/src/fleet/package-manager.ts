import { between } from "../world/chance.ts";
import type { MachineImage } from "./machine-image.ts";
import { Dependency, type SharedDependencies } from "./shared-dependencies.ts";

/** What a socket of the machine would say. */
export type Answer = { kind: "answer"; status: number; ms: number; body: string } | { kind: "timeout" } | { kind: "refused" };

/** One run of the server process; all its chances are drawn when it starts, so that looking at it changes nothing. */
interface Process {
  startedAt: number;
  /** Until it serves: seen 8 to 20 s, assumed. */
  warmUpMs: number;
  /** Until it has its connections back after the database returned: assumed 3 to 12 s. */
  reconnectMs: number;
  withoutDatabase: "503" | "timeout";
  crashesAt: number | undefined;
  /** Its data volume was taken away under it: whatever comes back later, this process does not see it. */
  lostVolume: boolean;
}

type Unit = { state: "inactive" | "failed"; since: Date | null } | { state: "active"; since: Date; process: Process };

const SERVED_MS = 4;

/** What lies on the server's own volume is there as long as the volume is. */
const ITS_OWN = { database: new Dependency(), storage: new Dependency() };

/**
 * Package Manager on one machine, seen from outside: unit, process, answers. It is computed from the time when somebody
 * looks and costs nothing between. Leader election and background work are not modelled.
 */
export class PackageManager {
  private unit: Unit = { state: "inactive", since: null };
  private offline = false;
  private hung: { survivesRestart: boolean } | undefined;
  private volumes: readonly string[] = [];
  private readonly image: MachineImage;
  private readonly shared: Pick<SharedDependencies, "database" | "storage">;

  constructor(image: MachineImage, shared: SharedDependencies) {
    this.image = image;
    this.shared = image.dataVolume === "required" ? ITS_OWN : shared;
  }

  /** systemd starts the unit; one that is active stays as it is, one without its program or its data volume stays inactive. */
  start(): void {
    if (this.state().state === "active" || this.image.service === "absent" || !this.hasItsVolume()) return;
    this.offline = false;
    if (!this.hung?.survivesRestart) this.hung = undefined;
    this.unit = { state: "active", since: new Date(), process: this.spawn() };
  }

  /** The data volumes that the machine has from now on; a running server that loses its own can't go on. */
  seeVolumes(volumes: readonly string[]): void {
    this.volumes = volumes;
    if (this.unit.state === "active" && !this.hasItsVolume()) this.unit.process.lostVolume = true;
  }

  /** Whether the running server has files open on the volume. */
  holds(volumeId: string): boolean {
    return this.state().state === "active" && this.image.dataVolume === "required" && this.volumes.includes(volumeId);
  }

  private hasItsVolume(): boolean {
    return this.image.dataVolume === "none" || this.volumes.length > 0;
  }

  stop(state: "inactive" | "failed" = "inactive"): void {
    this.unit = { state, since: new Date() };
  }

  /** The process is there and takes no request any more; for example stuck in storage I/O when it survives restarts. */
  hang(how: { survivesRestart: boolean }): void {
    this.hung = how;
  }

  /** Ends a hang from outside, like storage that answers again. */
  unhang(): void {
    this.hung = undefined;
  }

  /** `rspm offline`; false when there is no server to talk to. */
  goOffline(): boolean {
    if (this.state().state !== "active" || this.hung) return false;
    this.offline = true;
    return true;
  }

  isHung(): boolean {
    return this.hung !== undefined;
  }

  state(): { state: "inactive" | "failed" | "active"; since: Date | null } {
    if (this.unit.state === "active" && Date.now() >= (this.unit.process.crashesAt ?? Number.POSITIVE_INFINITY)) this.stop("failed");
    return this.unit;
  }

  answer(path: string): Answer {
    this.state();
    if (this.unit.state !== "active") return { kind: "refused" };
    if (this.hung) return { kind: "timeout" };
    const { process } = this.unit;
    if (process.lostVolume) return served(500, "");
    if (Date.now() < this.servesFrom(process)) return this.notServing(process);
    if (this.offline) return served(503, "");
    return this.serve(path);
  }

  private serve(path: string): Answer {
    if (path === "/__ping__") return served(200, "{}");
    if (path === "/__api__/status") return served(200, JSON.stringify({ version: this.image.version }));
    return this.shared.storage.reachable ? served(200, "") : served(500, "");
  }

  /** A process that cannot reach its database waits for it, at start and later, and comes back by itself. */
  private servesFrom({ startedAt, warmUpMs, reconnectMs }: Process): number {
    const warm = startedAt + warmUpMs;
    const { database } = this.shared;
    if (!database.reachable) return Number.POSITIVE_INFINITY;
    const back = database.since?.getTime() ?? 0;
    return back > startedAt ? Math.max(warm, back + reconnectMs) : warm;
  }

  /** The port opens when the start is over; after that, a lost database shows as 503 or as silence. */
  private notServing({ startedAt, warmUpMs, withoutDatabase }: Process): Answer {
    const warm = startedAt + warmUpMs;
    if (Date.now() < warm || !this.shared.database.reachableSince(warm)) return { kind: "refused" };
    return withoutDatabase === "503" ? served(503, "") : { kind: "timeout" };
  }

  private spawn(): Process {
    const startedAt = Date.now();
    const chances = { warmUpMs: between(8_000, 20_000), reconnectMs: between(3_000, 12_000), crashAfterMs: between(2_000, 6_000), half: between(0, 1) };
    return {
      startedAt,
      warmUpMs: chances.warmUpMs,
      reconnectMs: chances.reconnectMs,
      withoutDatabase: chances.half < 0.5 ? "503" : "timeout",
      lostVolume: false,
      crashesAt: this.image.service === "crashes" ? startedAt + chances.crashAfterMs : undefined,
    };
  }
}

const served = (status: number, body: string): Answer => ({ kind: "answer", status, ms: SERVED_MS, body });
