import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { given, waitUntil } from "./wait.ts";

/** The table, with the two string keys that every item of it has; on-demand, so that no capacity is to be planned. */
export async function deployTable(api: Api, { table }: Topology): Promise<{ tableArn: string }> {
  await api("dynamodb", "CreateTable", {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  });
  const { Table } = await waitUntil(
    `table ${table}`,
    () => api("dynamodb", "DescribeTable", { TableName: table }),
    (answer) => answer.Table?.TableStatus === "ACTIVE",
  );
  return { tableArn: given(Table?.TableArn, "the table's ARN") };
}

/** Parameters with the values they have at deploy time, and the command document. */
export async function deployParameters(api: Api, { parameters, document }: Topology): Promise<void> {
  for (const [Name, Value] of Object.entries(parameters)) await api("ssm", "PutParameter", { Name, Value, Type: "String" });
  await api("ssm", "CreateDocument", { Name: document.name, Content: JSON.stringify(document.content), DocumentType: "Command", DocumentFormat: "JSON" });
}
