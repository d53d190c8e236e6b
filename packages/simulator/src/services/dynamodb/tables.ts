import type * as dynamodb from "@aws-sdk/client-dynamodb";
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
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

/** Tables and their settings. */
export function tableOperations(tables: Tables): Operations<typeof dynamodb> {
  return {
    CreateTable: { rights: onTable("CreateTable"), run: (input) => ({ TableDescription: create(tables, input).describe() }) },
    DescribeTable: { rights: onTable("DescribeTable"), run: ({ TableName }) => ({ Table: known(tables, TableName).describe() }) },
    ListTables: {
      run: ({ ExclusiveStartTableName: after, Limit = 100 }) => {
        const names = [...tables.keys()].sort().filter((name) => after === undefined || name > after);
        return { TableNames: names.slice(0, Limit), ...(names.length > Limit && { LastEvaluatedTableName: names[Limit - 1] }) };
      },
    },
    UpdateTimeToLive: {
      rights: onTable("UpdateTimeToLive"),
      run: ({ TableName, TimeToLiveSpecification }) => ({ TimeToLiveSpecification: setTimeToLive(known(tables, TableName), TimeToLiveSpecification) }),
    },
    DescribeTimeToLive: { rights: onTable("DescribeTimeToLive"), run: ({ TableName }) => ({ TimeToLiveDescription: timeToLiveOf(known(tables, TableName)) }) },
  };
}

const nameOf = (nameOrArn: string | undefined): string => nameOrArn?.split("table/").at(-1) ?? "";

function known(tables: Tables, nameOrArn: string | undefined): Table {
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
