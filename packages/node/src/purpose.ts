import type { Act } from "./command.ts";
import { readSettings } from "./desired.ts";
import type { Host } from "./host.ts";

/** Whether this node was launched to prove a copy; a node that does not know its settings was not. */
export async function isProving(host: Host): Promise<boolean> {
  const settings = await readSettings(host);
  return settings.kind === "read" && settings.value.purpose === "prove";
}

/** A verb for nodes that serve: on a copy it would do nothing good, or start what `converge` left alone. */
export const serving =
  (act: Act): Act =>
  async (host, command) =>
    (await isProving(host)) ? { outcome: "refused", because: "this node proves a copy and serves nobody" } : act(host, command);
