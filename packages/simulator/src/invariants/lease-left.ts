import type { Invariant } from "./invariant.ts";
import { lasting } from "./lasting.ts";
import { heldLeases, isRunning } from "./ledger.ts";

const TEN_MINUTES = 10 * 60_000;

export const leaseLeft: Invariant = {
  id: "lease-left",
  sentence: "No lease outlives the run that holds it by more than ten minutes.",
  watch: () => {
    const tooLong = lasting(TEN_MINUTES);
    return (moment) => {
      const left = heldLeases(moment).filter(({ execution }) => !isRunning(moment, execution));
      const sentences = left.map(({ scope, epoch, execution }) => `the lease ${scope} (epoch ${epoch}) is still held by ${execution}, which no longer runs`);
      return tooLong(sentences, moment.now);
    };
  },
};
