import type { SecretId } from "../desired/vault.ts";
import type { TopicId } from "./control-spec.ts";
import type { RouteTableSpec, SecurityGroupId, SubnetId } from "./network-spec.ts";
import type { KeyId } from "./state-spec.ts";

/** Every name of a deployed stage, in one place. Bucket names are with the ARNs: they are unique in the world, so they carry the account. */
export const names = (stage: string) => ({
  vpc: `steward-${stage}`,
  subnet: (id: SubnetId) => `steward-${stage}-${id}`,
  routeTable: (id: RouteTableSpec["id"]) => `steward-${stage}-${id}`,
  securityGroup: (id: SecurityGroupId) => `steward-${stage}-${id}`,
  endpoint: (service: string) => `steward-${stage}-${service}`,
  natGateway: `steward-${stage}`,
  address: `steward-${stage}`,
  dataVolume: `steward-${stage}-data`,
  group: `steward-${stage}`,
  /** Made by deploys; Steward's own, with the image, is `launchTemplate`. */
  baseTemplate: `steward-${stage}-base`,
  launchTemplate: `steward-${stage}-node`,
  targetGroup: `steward-${stage}`,
  loadBalancer: `steward-${stage}`,
  instanceProfile: `steward-${stage}-node`,
  /** Role, instance profile and security group of the machine of a restore drill. */
  drill: `steward-${stage}-drill`,
  launchHook: `steward-${stage}-admit`,
  terminateHook: `steward-${stage}-retire`,
  database: `steward-${stage}`,
  /** Copies of the database, each for a drill. */
  databaseCopy: (drillId: string) => `steward-${stage}-drill-${drillId}`,
  /** Snapshots of proven copies, which RDS does not expire. */
  keptSnapshot: (drillId: string) => `steward-${stage}-proven-${drillId}`,
  key: (id: KeyId) => `alias/steward-${stage}-${id}`,
  secret: (id: SecretId) => `steward/${stage}/${id}`,
  table: `steward-${stage}`,
  bus: `steward-${stage}`,
  topic: (id: TopicId) => `steward-${stage}-${id}`,
  deadLetter: `steward-${stage}-dead-letter`,
  document: `steward-${stage}-node`,
  /** What the last deploy declared: version and hash of a document in the state bucket. */
  declared: `/steward/${stage}/declared`,
  /** What the nodes are to be; Steward's. */
  desired: `/steward/${stage}/desired`,
  switch: `/steward/${stage}/switch`,
  nodeLogs: `/steward/${stage}/node`,
  dashboard: `steward-${stage}`,
  image: `steward-${stage}-node`,
  function: (id: string) => `steward-${stage}-${id}`,
  rule: (id: string) => `steward-${stage}-${id}`,
  alarm: (id: string) => `steward-${stage}-${id}`,
});
export type Names = ReturnType<typeof names>;
