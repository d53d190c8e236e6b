import type { Place, Vault } from "@steward/aws/vault";
import type { SecretId } from "@steward/core/desired/vault";

/** How it stands with one place, and what a person does next; null where there is nothing to do. */
export interface PlaceStatus {
  id: SecretId;
  name: string;
  state: "there" | "missing" | "to be deleted";
  fingerprint: string | null;
  /** Of the encryption key alone. */
  offlineCopy: { state: "confirmed"; at: string } | { state: "unconfirmed" } | null;
  next: string | null;
}

/** Every place of the stage, without reading a value. */
export async function statusOf(vault: Vault, { needed, stage }: { needed: readonly SecretId[]; stage: string }): Promise<PlaceStatus[]> {
  const places: Place[] = [];
  for (const id of needed) places.push(await vault.look(id));
  return places.map((place) => describe(place, stage));
}

export const isComplete = (places: readonly PlaceStatus[]): boolean => places.every(({ state }) => state === "there");

function describe(place: Place, stage: string): PlaceStatus {
  const { id, name, fingerprint, filled, goesOn } = place;
  const state = goesOn ? "to be deleted" : filled ? "there" : "missing";
  const offlineCopy = state === "there" && id === "encryption-key" ? copyOf(place) : null;
  const status = { id, name, state, fingerprint: filled ? fingerprint : null, offlineCopy } as const;
  return { ...status, next: next(status, { stage, goesOn }) };
}

/** A copy of another key than the one in the vault is none. */
function copyOf({ fingerprint, offlineCopy }: Place): PlaceStatus["offlineCopy"] {
  if (!offlineCopy || offlineCopy.fingerprint !== fingerprint) return { state: "unconfirmed" };
  return { state: "confirmed", at: offlineCopy.confirmed.toISOString() };
}

const INIT = "init --offline-copy <file>";
const FILL: Record<SecretId, string> = {
  "encryption-key": INIT,
  license: "put license --from <file>",
  certificate: "put certificate --certificate <file> --private-key <file>",
  "database-login-a": INIT,
  "database-login-b": INIT,
  "fingerprint-salt": INIT,
};

function next({ id, name, state, fingerprint, offlineCopy }: Omit<PlaceStatus, "next">, { stage, goesOn }: { stage: string; goesOn: Date | null }) {
  const steward = (words: string) => `npx steward secrets ${words} --stage ${stage}`;
  if (goesOn) return `AWS deletes it on ${goesOn.toISOString()}; to keep it: aws secretsmanager restore-secret --secret-id ${name}`;
  if (state === "missing") return steward(FILL[id]);
  if (id === "encryption-key" && fingerprint === null) return steward(INIT);
  return offlineCopy?.state === "unconfirmed" ? steward("confirm-offline-copy --from <file>") : null;
}
