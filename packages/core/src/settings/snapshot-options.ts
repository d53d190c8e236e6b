import { z } from "zod";

/** EBS's archive tier: with null nothing is put there. */
export const Archive = z
  .strictObject({
    afterDays: z.int().min(1).max(3650).meta({ example: 30 }).describe("A snapshot that is kept for 90 days more is archived when it is as old as this."),
  })
  .nullable()
  .default(null)
  .describe(
    "Move old snapshots into EBS's archive tier: cheaper where they are few and stay for months, each a full copy, 90 days paid for at least, and up to 72 hours until one can be restored.",
  );

/** EC2's lock of the newest snapshots: with null nobody is kept from deleting them but by Steward's own rules and rights. */
export const Lock = z
  .strictObject({
    newest: z.int().min(1).max(100).meta({ example: 3 }).describe("How many of the newest good snapshots are locked."),
    days: z.int().min(1).max(36_500).meta({ example: 7 }).describe("Days for which each is locked, from when it is; renewed while it is among the newest."),
  })
  .nullable()
  .default(null)
  .describe("Lock the newest snapshots in EC2, in governance mode: nobody can delete one before its lock ends or somebody with the right takes it off.");
