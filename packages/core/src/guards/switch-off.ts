import type { Guard } from "./guard.ts";

/** The operator's switch stops every change; watching and alerting go on. One that could not be read is for `stale-facts` to judge. */
export const switchOff: Guard = (facts) =>
  facts.switch.position === "on" || facts.unread.some(({ what }) => what === "switch")
    ? undefined
    : { verdict: "refuse", guard: "switch-off", because: `the switch is off${facts.switch.because ? `: ${facts.switch.because}` : ""}; I only watch` };
