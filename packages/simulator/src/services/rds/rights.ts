import type * as sdk from "@aws-sdk/client-rds";
import { arn } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import type { Rds } from "./rds.ts";

/** One action on something of RDS, with the tags that it has. */
export const on = (action: string, resource: string, tags?: ReadonlyMap<string, string>): Right => ({
  action: `rds:${action}`,
  resources: [arn("rds", resource)],
  ...(tags && { context: Object.fromEntries([...tags].map(([key, value]) => [`aws:ResourceTag/${key}`, value])) }),
});

/** One action on a database, or on all of them where none is named. */
export const onDatabase = ({ databases }: Pick<Rds, "databases">, action: string, id: string | undefined): Right[] => [
  on(action, `db:${id ?? "*"}`, databases.get(id ?? "")?.tags),
];

/**
 * Creating a database asks for the groups it is made with, and for the secret that RDS makes of its password.
 * Source: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager".
 */
export const toCreateDatabase = (input: sdk.CreateDBInstanceMessage): Right[] => [
  ...toCreateTagged({
    create: "rds:CreateDBInstance",
    tag: "rds:AddTagsToResource",
    resources: [arn("rds", `db:${input.DBInstanceIdentifier}`)],
    tags: input.Tags,
    context: { "rds:ManageMasterUserPassword": String(input.ManageMasterUserPassword ?? false) },
  }),
  ...(input.DBParameterGroupName ? [on("CreateDBInstance", `pg:${input.DBParameterGroupName}`)] : []),
  ...(input.DBSubnetGroupName ? [on("CreateDBInstance", `subgrp:${input.DBSubnetGroupName}`)] : []),
  ...(input.ManageMasterUserPassword ? passwordSecret() : []),
];

function passwordSecret(): Right[] {
  const resources = [arn("secretsmanager", "secret:rds!db-*")];
  return ["secretsmanager:CreateSecret", "secretsmanager:TagResource"].map((action) => ({ action, resources }));
}
