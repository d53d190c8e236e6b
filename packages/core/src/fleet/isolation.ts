/** Addresses that systemd keeps a service from, and those that it lets it reach all the same. */
export interface Isolation {
  denied: string[];
  allowed: string[];
}

const EVERYBODY = ["0.0.0.0/0", "::/0"];
const ITSELF: ReadonlySet<string> = new Set(["127.0.0.0/8", "::1/128"]);

/** Whether a service reaches its own computer at most. What is allowed counts before what is denied. Source: systemd.resource-control(5), "IPAddressAllow". */
export const isCutOff = (isolation: Isolation | null): boolean =>
  isolation !== null && EVERYBODY.every((range) => isolation.denied.includes(range)) && isolation.allowed.every((range) => ITSELF.has(range));
