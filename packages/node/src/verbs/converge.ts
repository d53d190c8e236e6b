import { DesiredState } from "@steward/core/fleet/probe";
import type { Act } from "../command.ts";
import type { Host } from "../host.ts";
import { type Installed, installed } from "../installed.ts";
import { bringUp } from "../service.ts";

/** Makes this node the one that is wanted, or says what differs; never writes a key, never starts with a wrong one. */
export const converge: Act = async (host) => {
  const desired = await readDesired(host);
  if ("because" in desired) return { outcome: "refused", because: desired.because };
  const differs = difference(desired, await installed(host));
  if (differs) return { outcome: "failed", because: differs };
  return bringUp(host, "start");
};

async function readDesired(host: Host): Promise<DesiredState | { because: string }> {
  const parsed = DesiredState.safeParse(await host.fetchDesired());
  if (parsed.success) return parsed.data;
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "the document itself"));
  return { because: `the desired state cannot be used: ${[...wrong].join(", ")}` };
}

/** What of this node is not as wanted, key first: a service that starts with the wrong key does harm. */
function difference(desired: DesiredState, found: Installed): string | undefined {
  if (found.key.kind === "invalid") return `encryption key: ${found.key.because}`;
  if (found.key.fingerprint !== desired.keyFingerprint) return "encryption key: the fingerprint of the key on this node is not the desired one";
  if (found.configFingerprint === null) return "configuration: there is no rstudio-pm.gcfg";
  if (found.configFingerprint !== desired.configFingerprint) return "configuration: the fingerprint of rstudio-pm.gcfg is not the desired one";
  if (found.version !== desired.version) return `version: ${found.version ?? "none"} is installed, ${desired.version} is desired`;
  return undefined;
}
