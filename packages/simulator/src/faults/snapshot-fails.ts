import type { Fault } from "./fault.ts";

/** EC2 takes the request and gives up on it later. Source: EC2 API reference, Snapshot, `State`. */
export const snapshotFails: Fault = {
  id: "snapshot-fails",
  summary: "The next snapshots end in an error.",
  inject: ({ ec2 }) => {
    ec2.snapshots.next = "error";
  },
};
