import { DeclaredDocument } from "@steward/core/desired/documents";
import { desiredState, effectiveDocument, type InService } from "@steward/core/desired/in-effect";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { ACCOUNT, VOLUME_MARK } from "@steward/core/desired/places";
import { DATABASE_SCHEMAS } from "@steward/core/desired/render";
import { LOGIN_USERS, LOGINS, LoginSecret, OWNER_ROLE } from "@steward/core/desired/vault";
import { names } from "@steward/core/topology/names";
import type { Topology } from "@steward/core/topology/topology";
import type { DataDisk } from "../fleet/data-disk.ts";
import type { Sql } from "../fleet/database-server.ts";
import { DEMO_VAULT, type Vault } from "../fleet/demo-vault.ts";
import { Disk } from "../fleet/disk.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import { type Api, apiOf, patient } from "./api.ts";
import { type Named, nameOf, tagList } from "./named.ts";
import { given, waitUntil } from "./wait.ts";

export interface FirstFleet {
  /** The golden image. */
  imageId: string;
  /** What the operator puts into the vault, where it differs from `DEMO_VAULT`. */
  vault?: Vault;
}

/** What the operator works with. */
interface Hands {
  world: SimulatedAccount;
  api: Api;
  topology: Topology;
  named: Named;
  fleet: FirstFleet;
  vault: Vault;
}

/**
 * The fleet as a finished first deploy leaves it, made by the operator's hands: the vault filled, logins and schemas or the data volume
 * made, the document and the desired state written, Steward's own template with the golden image, and the group raised.
 */
export async function raiseFleet(world: SimulatedAccount, topology: Topology, { named, fleet }: { named: Named; fleet: FirstFleet }): Promise<Named> {
  const n = names(topology.stage);
  const api = patient(apiOf(world.account, world.operator));
  const hands: Hands = { world, api, topology, named, fleet, vault: { ...DEMO_VAULT, ...fleet.vault } };
  await fillVault(hands);
  const volume = await makeDataVolume(hands);
  await writeDesired(hands, { dataVolume: volume.dataVolume ?? null, database: await makeLogins(hands) });
  await ownTemplate(hands);
  const { min, max, desired } = topology.group.serving;
  await api("autoscaling", "UpdateAutoScalingGroup", {
    AutoScalingGroupName: topology.group.name,
    LaunchTemplate: { LaunchTemplateName: n.launchTemplate, Version: "1" },
    MinSize: min,
    MaxSize: max,
    DesiredCapacity: desired,
  });
  return volume;
}

async function fillVault({ api, topology, vault }: Hands): Promise<void> {
  for (const { id, name } of topology.secrets) {
    const SecretString = given(vault[id], `a text for the secret ${id}`);
    await api("secretsmanager", "PutSecretValue", { SecretId: name, SecretString });
  }
}

/** What `init-database` does, from wherever the operator reaches the database. */
async function makeLogins({ world, api, topology, vault }: Hands): Promise<InService["database"]> {
  const { database } = topology;
  if (!database) return null;
  const { DBInstances } = await api("rds", "DescribeDBInstances", { DBInstanceIdentifier: database.id });
  const host = given(DBInstances?.[0]?.Endpoint?.Address, "the database's endpoint");
  fill(given(world.dependencies.databaseAt(host), "a database at its endpoint"), vault);
  return { host, login: "database-login-a", masterSecret: given(DBInstances?.[0]?.MasterUserSecret?.SecretArn, "the master's secret") };
}

function fill({ logins, schemas }: Sql, vault: Vault): void {
  for (const schema of Object.values(DATABASE_SCHEMAS)) schemas.set(schema, OWNER_ROLE);
  for (const id of LOGINS) logins.set(LOGIN_USERS[id], LoginSecret.parse(JSON.parse(given(vault[id], `a text for the secret ${id}`))).password);
}

/** What was declared, as `declared` points to it, with what is in service. */
async function writeDesired({ api, topology, vault }: Hands, inService: InService): Promise<void> {
  const n = names(topology.stage);
  const bucket = given(topology.buckets.find(({ id }) => id === "state")?.name, "the state bucket");
  const declared = given(
    topology.objects.find(({ key }) => key.startsWith("declared/")),
    "a declared document",
  );
  const key = readKey(given(vault["encryption-key"], "an encryption key"));
  const document = effectiveDocument(DeclaredDocument.parse(JSON.parse(declared.content)), inService);
  const keyFingerprint = key.kind === "key" ? key.fingerprint : "";
  const { text, state } = desiredState(document, { bucket, salt: given(vault["fingerprint-salt"], "a salt"), keyFingerprint, revision: 1 });
  await api("s3", "PutObject", { Bucket: bucket, Key: state.document.key, Body: new TextEncoder().encode(text), ContentType: "application/json" });
  await api("ssm", "PutParameter", { Name: n.desired, Value: JSON.stringify(state), Type: "String" });
}

/** The base template's data with the golden image in it. */
async function ownTemplate({ api, topology, fleet: { imageId: ImageId } }: Hands): Promise<void> {
  const { LaunchTemplateVersions } = await api("ec2", "DescribeLaunchTemplateVersions", { LaunchTemplateName: topology.launchTemplate.name, Versions: ["1"] });
  const base = given(LaunchTemplateVersions?.[0]?.LaunchTemplateData, "the base template's data");
  await api("ec2", "CreateLaunchTemplate", { LaunchTemplateName: names(topology.stage).launchTemplate, LaunchTemplateData: { ...base, ImageId } as never });
}

async function makeDataVolume({ world, api, topology: { stage, dataVolume }, named }: Hands): Promise<Named> {
  if (!dataVolume) return {};
  const { VolumeId } = await api("ec2", "CreateVolume", {
    AvailabilityZone: dataVolume.zone,
    Size: dataVolume.gib,
    VolumeType: dataVolume.type,
    Iops: dataVolume.iops,
    Throughput: dataVolume.throughput,
    Encrypted: true,
    KmsKeyId: nameOf(named, `key:${dataVolume.key}`),
    TagSpecifications: [{ ResourceType: "volume", Tags: tagList(dataVolume.tags) }],
  });
  const id = given(VolumeId, "the data volume's id");
  await waitUntil(
    `data volume ${id}`,
    () => api("ec2", "DescribeVolumes", { VolumeIds: [id] }),
    ({ Volumes }) => Volumes?.[0]?.State === "available",
  );
  formatFor(stage, id, world.dependencies.disks.of(id));
  return { dataVolume: id };
}

/** The volume as the first server left it: a file system with Steward's mark on it. */
function formatFor(stage: string, volume: string, disk: DataDisk): void {
  const files = new Disk();
  files.makeFolder("/", { mode: 0o701, owner: ACCOUNT.name });
  files.write(VOLUME_MARK.slice(ACCOUNT.home.length), JSON.stringify({ mark: 1, stage, volume }), { mode: 0o644, owner: "root" });
  Object.assign(disk, { type: "ext4", files });
}
