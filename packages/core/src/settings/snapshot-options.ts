import { z } from "zod";

/** EC2's lock of the newest snapshots: with null nobody is kept from deleting them but by Steward's own rules and rights. */
export const Lock = z
  .strictObject({
    newest: z.int().min(1).max(100).meta({ example: 3 }).describe("How many of the newest good snapshots are locked."),
    days: z.int().min(1).max(36_500).meta({ example: 7 }).describe("Days for which each is locked, from when it is; renewed while it is among the newest."),
  })
  .nullable()
  .default(null)
  .describe("Lock the newest snapshots in EC2, in governance mode: nobody can delete one before its lock ends or somebody with the right takes it off.");
