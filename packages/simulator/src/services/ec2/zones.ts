import { REGION } from "../../account/account.ts";

/** The zone of a subnet. Networks are not modelled: the id decides, so that neighbouring names lie in different zones. */
export const zoneOf = (subnetId: string): string => `${REGION}${"abcdef"[[...subnetId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6]}`;
