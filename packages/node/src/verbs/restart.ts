import type { Act } from "../command.ts";
import { bringUp } from "../service.ts";

/** Restarts Package Manager and waits, within bounds, until it answers. */
export const restart: Act = (host) => bringUp(host, "restart");
