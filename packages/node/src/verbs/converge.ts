import type { DesiredState } from "@steward/core/fleet/probe";
import type { Act } from "../command.ts";
import { readDesired, readSettings } from "../desired.ts";
import { type Installed, installed } from "../installed.ts";
import { bringUp } from "../service.ts";

/** Makes this node the one that is wanted, or says what differs; never writes a key, never starts with a wrong one. */
export const converge: Act = async (host) => {
  const settings = await readSettings(host);
  if (settings.kind === "unusable") return { outcome: "refused", because: settings.because };
  const desired = await readDesired(host, settings.value);
  if (desired.kind === "unusable") return { outcome: "refused", because: desired.because };
  const differs = difference(desired.value, await installed(host));
  if (differs) return { outcome: "failed", because: differs };
  return bringUp(host, "start");
};

/** What of this node is not as wanted, key first: a service that starts with the wrong key does harm. */
function difference(desired: DesiredState, found: Installed): string | undefined {
  if (found.key.kind === "invalid") return `encryption key: ${found.key.because}`;
  if (found.key.fingerprint !== desired.keyFingerprint) return "encryption key: the fingerprint of the key on this node is not the desired one";
  if (found.configFingerprint === null) return "configuration: there is no rstudio-pm.gcfg";
  if (found.configFingerprint !== desired.configFingerprint) return "configuration: the fingerprint of rstudio-pm.gcfg is not the desired one";
  if (found.version !== desired.version) return `version: ${found.version ?? "none"} is installed, ${desired.version} is desired`;
  return undefined;
}
