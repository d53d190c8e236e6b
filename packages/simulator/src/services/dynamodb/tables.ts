import type * as dynamodb from "@aws-sdk/client-dynamodb";
import type { CreateTableCommandInput, UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { between } from "../../world/chance.ts";
import { invalid, tableNotFound, unmodelled } from "./errors.ts";
import { Table } from "./table.ts";

export type Tables = Map<string, Table>;

/** A table by name or ARN, ready for use. */
export function tableNamed(tables: Tables, nameOrArn: string | undefined): Table {
  const table = tables.get(nameOf(nameOrArn));
  if (!table) throw tableNotFound();
  table.requireActive();
  return table;
}

export const tableArn = (nameOrArn: string | undefined): string => arn("dynamodb", `table/${nameOf(nameOrArn)}`);

/** The table as a resource, and the action's own name. */
export const onTable =
  (action: string) =>
  ({ TableName }: { TableName: string | undefined }): Right[] => [{ action: `dynamodb:${action}`, resources: [tableArn(TableName)] }];

const createRights = ({ TableName, Tags }: CreateTableCommandInput): Right[] =>
  toCreateTagged({ create: "dynamodb:CreateTable", tag: "dynamodb:TagResource", resources: [tableArn(TableName)], tags: Tags });

/** Tables and their settings. */
export function tableOperations(tables: Tables): Operations<typeof dynamodb> {
  return {
    CreateTable: { rights: createRights, run: (input) => ({ TableDescription: create(tables, input).describe() }) },
    DescribeTable: { rights: onTable("DescribeTable"), run: ({ TableName }) => ({ Table: known(tables, TableName).describe() }) },
    ListTables: {
      run: ({ ExclusiveStartTableName: after, Limit = 100 }) => {
        const names = [...tables.keys()].sort().filter((name) => after === undefined || name > after);
        return { TableNames: names.slice(0, Limit), ...(names.length > Limit && { LastEvaluatedTableName: names[Limit - 1] }) };
      },
    },
    UpdateTable: {
      rights: onTable("UpdateTable"),
      run: (input) => {
        refuseOtherUpdates(input);
        const table = tableInUse(tables, input.TableName);
        table.isProtected = input.DeletionProtectionEnabled ?? table.isProtected;
        return { TableDescription: table.describe() };
      },
    },
    DeleteTable: {
      rights: onTable("DeleteTable"),
      run: ({ TableName }) => {
        const table = tableInUse(tables, TableName);
        if (table.isProtected) throw invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
        tables.delete(table.name);
        return { TableDescription: { ...table.describe(), TableStatus: "DELETING" } };
      },
    },
    UpdateTimeToLive: {
      rights: onTable("UpdateTimeToLive"),
      run: ({ TableName, TimeToLiveSpecification }) => ({ TimeToLiveSpecification: setTimeToLive(known(tables, TableName), TimeToLiveSpecification) }),
    },
    DescribeTimeToLive: { rights: onTable("DescribeTimeToLive"), run: ({ TableName }) => ({ TimeToLiveDescription: timeToLiveOf(known(tables, TableName)) }) },
  };
}

/** A table that may be changed; one that is still being created may not. */
function tableInUse(tables: Tables, nameOrArn: string | undefined): Table {
  const table = known(tables, nameOrArn);
  if (table.isActive) return table;
  throw new AwsError("ResourceInUseException", `Attempt to change a resource which is still in use: Table is being created: ${table.name}`);
}

function refuseOtherUpdates(input: UpdateTableCommandInput): void {
  const { TableName: _, DeletionProtectionEnabled: __, ...others } = input;
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other) throw unmodelled(`the change of ${other[0]} of a table`);
}

const nameOf = (nameOrArn: string | undefined): string => nameOrArn?.split("table/").at(-1) ?? "";

/** A table by name or ARN, whatever its state. */
export function known(tables: Tables, nameOrArn: string | undefined): Table {
  const table = tables.get(nameOf(nameOrArn));
  if (!table) throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${nameOf(nameOrArn)} not found`);
  return table;
}

function create(tables: Tables, input: CreateTableCommandInput): Table {
  const { TableName = "", KeySchema = [], AttributeDefinitions = [] } = input;
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(TableName)) throw invalid("TableName must be at least 3 characters long and at most 255 characters long");
  if (tables.has(TableName)) throw new AwsError("ResourceInUseException", `Table already exists: ${TableName}`);
  if (input.GlobalSecondaryIndexes?.length || input.LocalSecondaryIndexes?.length) throw unmodelled("secondary indexes");
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  const missing = KeySchema.some(({ AttributeName }) => !defined.includes(AttributeName));
  if (missing || defined.length !== KeySchema.length) {
    throw invalid(
      "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions, or some AttributeDefinitions are not used.",
    );
  }
  const table = new Table(input);
  tables.set(TableName, table);
  return table;
}

/** Takes up to an hour to settle. What expires is deleted "within a few days" in AWS, and never here: nothing may rely on it. */
function setTimeToLive(table: Table, specification: { Enabled: boolean | undefined; AttributeName: string | undefined } | undefined) {
  const { Enabled = false, AttributeName = "" } = specification ?? {};
  if (Enabled === (table.timeToLive?.enabled ?? false)) throw invalid(`TimeToLive is already ${Enabled ? "enabled" : "disabled"}`);
  table.timeToLive = { attribute: AttributeName, enabled: Enabled, settledAt: new Date(Date.now() + between(60_000, 3_600_000)) };
  return { Enabled, AttributeName };
}

function timeToLiveOf({ timeToLive }: Table) {
  if (!timeToLive) return { TimeToLiveStatus: "DISABLED" as const };
  const settled = timeToLive.settledAt.getTime() <= Date.now();
  if (timeToLive.enabled) return { TimeToLiveStatus: settled ? ("ENABLED" as const) : ("ENABLING" as const), AttributeName: timeToLive.attribute };
  return settled ? { TimeToLiveStatus: "DISABLED" as const } : { TimeToLiveStatus: "DISABLING" as const, AttributeName: timeToLive.attribute };
}
