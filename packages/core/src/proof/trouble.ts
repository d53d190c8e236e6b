import type { ProofReport } from "../fleet/proof-report.ts";

/**
 * Whether a reason that a node gives for not having become what is in effect speaks of the volume that it was given: one that can't be
 * mounted, is another's, or holds another key. All others, as of the network, the image or secrets, would be the same on any copy.
 */
export const isOfVolume = (because: string): boolean => OF_VOLUME.test(because);
const OF_VOLUME =
  /^(data volume: (mount ended with exit code 32|it holds (no file system|a file system that is not ours)|it bears no mark|it is marked|its mark)|encryption key: .* holds another key than the vault)/;

/** Whether it says that Package Manager ended by itself, and not only that it was slow. */
export const isOfService = (because: string): boolean => /the service (has failed|does not run) before/.test(because);

/** Without one in force Package Manager ends itself, whatever is on its volume. */
export const isLicensed = ({ licenseStatus }: Pick<ProofReport, "licenseStatus">): boolean => licenseStatus === "Activated";

/** Whether it says that time ran out: a copy is slow at first, and faster at every try. */
export const isSlow = (because: string): boolean => /did not answer 200 within|had not done it within|ended with exit code 124/.test(because);
