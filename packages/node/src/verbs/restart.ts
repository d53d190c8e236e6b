import type { Act } from "../command.ts";
import { endFreeze } from "../freeze.ts";
import { PATHS } from "../paths.ts";
import { restartService } from "../service.ts";
import { converge, isPending } from "./converge.ts";

/**
 * Restarts Package Manager and waits, within bounds, until it answers. Where a change was left unfinished, or nothing was
 * made of this node since its boot, a mere restart would end a service that can't start: then everything is done.
 */
export const restart: Act = async (host, command) => {
  const because = await endFreeze(host);
  if (because !== undefined) return { outcome: "refused", because };
  const ready = (await host.entry(PATHS.environment)) !== undefined && !(await isPending(host));
  return ready ? restartService(host) : converge(host, command);
};
