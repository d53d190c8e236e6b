import type { Entrance } from "./entrance.ts";

/** What clients ask for: the index of the packages. */
const PATH = "/cran/latest/src/contrib/PACKAGES";
/** Requests go out in batches: a day of traffic is then some thousand events instead of millions. */
const BATCH_SECONDS = 10;

/** What clients saw in one minute. */
export interface TrafficMinute {
  at: Date;
  served: number;
  failed: number;
}

/** Clients of the fleet, as seen from their side. */
export interface Traffic {
  readonly served: number;
  readonly failed: number;
  /** Minute by minute, oldest first. */
  history: () => TrafficMinute[];
  stop: () => void;
}

/** Lets clients fetch packages from now on. */
export function startTraffic(entrance: Entrance, requestsPerSecond: number): Traffic {
  const minutes: TrafficMinute[] = [];
  const total = { served: 0, failed: 0 };
  let owed = 0;
  let timer: ReturnType<typeof setTimeout>;
  const batch = (): void => {
    owed += requestsPerSecond * BATCH_SECONDS;
    const count = Math.floor(owed);
    owed -= count;
    const { served, failed } = entrance(PATH, count);
    total.served += served;
    total.failed += failed;
    note(minutes, served, failed);
    timer = setTimeout(batch, BATCH_SECONDS * 1_000);
  };
  timer = setTimeout(batch, BATCH_SECONDS * 1_000);
  return {
    get served() {
      return total.served;
    },
    get failed() {
      return total.failed;
    },
    history: () => minutes.map((minute) => ({ ...minute })),
    stop: () => clearTimeout(timer),
  };
}

function note(minutes: TrafficMinute[], served: number, failed: number): void {
  const at = Math.floor(Date.now() / 60_000) * 60_000;
  const current = minutes.at(-1);
  if (current?.at.getTime() !== at) {
    minutes.push({ at: new Date(at), served, failed });
    return;
  }
  current.served += served;
  current.failed += failed;
}
