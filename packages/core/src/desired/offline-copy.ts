/** Tag of a place in the vault that names what lies in it; for the encryption key the vendor's own fingerprint. */
export const FINGERPRINT_TAG = "steward:fingerprint";

/** Tag of the encryption key's place: which key somebody has shown to hold outside of AWS, and when. */
export const OFFLINE_COPY_TAG = "steward:offline-copy";

/** A copy of the encryption key outside of AWS, as its holder confirmed it. */
export interface OfflineCopy {
  fingerprint: string;
  confirmed: Date;
}

export const writeOfflineCopy = ({ fingerprint, confirmed }: OfflineCopy): string => `${fingerprint} ${confirmed.toISOString()}`;

/** What the tag says; null where there is none or it says nothing that can be trusted. */
export function readOfflineCopy(tag: string | undefined): OfflineCopy | null {
  const [, fingerprint, time = ""] = /^([0-9a-f]{64}) (\S+)$/.exec(tag ?? "") ?? [];
  const confirmed = new Date(time);
  return fingerprint === undefined || Number.isNaN(confirmed.getTime()) ? null : { fingerprint, confirmed };
}
