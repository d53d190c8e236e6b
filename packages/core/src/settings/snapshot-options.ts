import { z } from "zod";

/** Copies in another region: with null there are none. `keep` is what a schedule may keep. */
export const copyOf = <Keep extends z.ZodType>(keep: Keep) =>
  z
    .strictObject({
      region: z
        .string()
        .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
        .meta({ allowed: "a region like eu-west-1", example: "eu-west-1" })
        .describe("Where the copies are made; another region than the stage's."),
      kmsKeyArn: z
        .string()
        .regex(/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}$|^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/mrk-[0-9a-f]{32}$/)
        .meta({ allowed: "the ARN of a KMS key of that region", example: "arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef" })
        .describe("Key under which the copies are encrypted; yours, so that it outlives the stage."),
      keep,
      schedules: z
        .array(z.string())
        .min(1)
        .meta({ example: ["daily"] })
        .describe("Names of the schedules whose snapshots are copied."),
      atOnce: z
        .int()
        .min(1)
        .max(20)
        .default(5)
        .describe("Copies on their way at once; EC2 takes 20 of a whole account into one region, and others may copy too."),
    })
    .nullable()
    .default(null)
    .describe("Copy snapshots to another region, where they outlive this one.");

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
