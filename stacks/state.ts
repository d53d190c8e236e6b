import { ignoredOf } from "@steward/core/topology/ownership";
import type { Topology } from "@steward/core/topology/topology";
import { optionsOf } from "./options.ts";

/** The ledger, the parameters and the command document. Parameters hold pointers and a switch, never a secret, so they are plain text, and come after what they point to. */
export function deployState(topology: Topology, documents: $util.Resource[]): $util.Resource[] {
  deployTable(topology);
  const parameters = topology.parameters.map(({ name, value, owner, description }) => {
    const ignoreChanges = owner === "steward" ? ignoredOf("switch") : [];
    return new aws.ssm.Parameter(
      `Parameter-${name}`,
      { name, type: "String", value, description },
      { ...optionsOf("parameter"), ignoreChanges, dependsOn: documents },
    );
  });
  const { name, content } = topology.document;
  const settings = { name, documentType: "Command", documentFormat: "JSON", content: JSON.stringify(content) };
  return [...parameters, new aws.ssm.Document("NodeDocument", settings, optionsOf("document"))];
}

const deployTable = ({ table: spec }: Topology) =>
  new sst.aws.Dynamo("Ledger", {
    fields: { [spec.partitionKey]: "string", [spec.sortKey]: "string" },
    primaryIndex: { hashKey: spec.partitionKey, rangeKey: spec.sortKey },
    deletionProtection: spec.deletionProtection,
    transform: {
      table: (args, options) => {
        args.name = spec.name;
        args.pointInTimeRecovery = { enabled: spec.pointInTimeRecovery };
        args.serverSideEncryption = { enabled: true };
        Object.assign(options, optionsOf("table"));
      },
    },
  });
