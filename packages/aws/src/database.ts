import { DescribeDBInstancesCommand, type RDSClient } from "@aws-sdk/client-rds";
import { Permanent } from "@steward/core/errors";
import { calling } from "./failures.ts";

/** RDS's own word on one database, for example `available`; a database that RDS does not know is a `Permanent` failure, not an absence. */
export const createDatabase = (client: RDSClient) => ({
  /** Where it answers, and the secret in which RDS keeps its master's password; null while RDS does not say. */
  endpoint: async (id: string): Promise<{ host: string; masterSecret: string } | null> => {
    const { DBInstances } = await calling("describe the database", () => client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })));
    const { Endpoint, MasterUserSecret } = DBInstances?.[0] ?? {};
    return Endpoint?.Address && MasterUserSecret?.SecretArn ? { host: Endpoint.Address, masterSecret: MasterUserSecret.SecretArn } : null;
  },

  status: async (id: string): Promise<{ id: string; status: string }> => {
    const { DBInstances } = await calling("describe the database", () => client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })));
    const status = DBInstances?.[0]?.DBInstanceStatus;
    if (!status) throw new Permanent(`RDS says no status for database ${id}`);
    return { id, status };
  },
});
export type Database = ReturnType<typeof createDatabase>;
