import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { given, waitUntil } from "./wait.ts";

/** The table, with the two string keys that every item of it has; on-demand, so that no capacity is to be planned. */
export async function deployTable(api: Api, { table }: Topology): Promise<{ tableArn: string }> {
  const keys = [table.partitionKey, table.sortKey] as const;
  await api("dynamodb", "CreateTable", {
    TableName: table.name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
    KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? ("HASH" as const) : ("RANGE" as const) })),
    DeletionProtectionEnabled: table.deletionProtection,
  });
  const { Table } = await waitUntil(
    `table ${table.name}`,
    () => api("dynamodb", "DescribeTable", { TableName: table.name }),
    (answer) => answer.Table?.TableStatus === "ACTIVE",
  );
  await api("dynamodb", "UpdateContinuousBackups", {
    TableName: table.name,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: table.pointInTimeRecovery },
  });
  return { tableArn: given(Table?.TableArn, "the table's ARN") };
}

/** Parameters with the values they have at deploy time, and the command document. */
export async function deployParameters(api: Api, { parameters, document }: Topology): Promise<void> {
  for (const { name, value, description } of parameters)
    await api("ssm", "PutParameter", { Name: name, Value: value, Type: "String", Description: description });
  await api("ssm", "CreateDocument", { Name: document.name, Content: JSON.stringify(document.content), DocumentType: "Command", DocumentFormat: "JSON" });
}
