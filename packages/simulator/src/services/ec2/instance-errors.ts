import { AwsError } from "../../account/operation.ts";
import type { Instance } from "./instance.ts";

/** A zone that has run out of an instance type. Source: EC2 user guide, "Troubleshoot instance launch issues". */
export const insufficientCapacity = (type: string, zone: string): AwsError =>
  new AwsError(
    "InsufficientInstanceCapacity",
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`,
    500,
  );

/** A change that the instance's state does not allow. */
export const incorrectState = ({ instanceId, state }: Instance, verb: string): AwsError =>
  new AwsError("IncorrectInstanceState", `The instance '${instanceId}' is not in a state from which it can be ${verb}: it is '${state}'.`);
