import { REGION } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";

/** The Availability Zones of the account's region. */
export const ZONES = [..."abcdef"].map((letter) => `${REGION}${letter}`);

/** The zone that a request names, or EC2's refusal of one that there isn't. */
export function requireZone(zone: string | undefined): string {
  if (zone !== undefined && ZONES.includes(zone)) return zone;
  throw new AwsError("InvalidParameterValue", `Value (${zone}) for parameter availabilityZone is invalid. Availability Zones are: ${ZONES.join(", ")}.`);
}

/** A stand-in for the zone of a subnet that nobody made: the id decides, so that neighbouring names lie in different zones. */
export const assumedZone = (subnetId: string): string => ZONES[[...subnetId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6] ?? "";
