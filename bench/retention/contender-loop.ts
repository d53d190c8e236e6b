/** Deletes what is due without knowing anything of Steward; its parent says how and where. */
import { DeleteSnapshotCommand, DescribeImagesCommand, EC2Client, paginateDescribeSnapshots } from "@aws-sdk/client-ec2";
import { type LoopDone, type LoopTask, usedSoFar } from "./messages.ts";

const [way = "", text = "{}"] = process.argv.slice(2);
const task = JSON.parse(text) as LoopTask;
const done = { deleted: 0, named: 0 };

const clientOf = (maxAttempts: number): EC2Client =>
  new EC2Client({ region: "us-east-1", endpoint: task.endpoint, credentials: { accessKeyId: "AKIASTEWARDOPERATOR0", secretAccessKey: "any" }, maxAttempts });

/** Oldest first. */
async function due(client: EC2Client): Promise<string[]> {
  if (task.ids) return task.ids;
  const Filters = [{ Name: "tag:steward:stage", Values: [task.stage] }];
  const found: { id: string; at: Date }[] = [];
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client, pageSize: 1000 }, { OwnerIds: ["self"], Filters }))
    for (const { SnapshotId = "", StartTime = new Date() } of Snapshots) found.push({ id: SnapshotId, at: StartTime });
  const old = found.filter(({ at }) => at < new Date(task.dueBefore)).sort((a, b) => a.at.getTime() - b.at.getTime());
  return old.map(({ id }) => id);
}

async function remove(client: EC2Client, SnapshotId: string): Promise<void> {
  await client.send(new DeleteSnapshotCommand({ SnapshotId }));
  done.deleted++;
}

/** A shell loop around the CLI, whose standard mode asks three times: one after the other, and on with the next when one fails. */
async function sequential(): Promise<void> {
  const client = clientOf(3);
  for (const id of await due(client)) await remove(client, id).catch(() => done.named++);
}

const CHUNK = 50;
const WORKERS = 2;
const ATTEMPTS = 8;

/** As Cloud Custodian 0.9's SnapshotDelete and `get_retry` do it: two workers, chunks of 50 of which the first error that is no throttling ends one, 8 tries at doubling pauses around botocore's 5. */
async function twoWorkers(): Promise<void> {
  const client = clientOf(5);
  const ids = await due(client);
  await client.send(new DescribeImagesCommand({ Owners: ["self"] }));
  const chunks = Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, at) => ids.slice(at * CHUNK, (at + 1) * CHUNK));
  const work = async () => {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) await removeAll(client, chunk).catch(() => done.named++);
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

async function removeAll(client: EC2Client, ids: string[]): Promise<void> {
  for (const id of ids) await patiently(() => remove(client, id));
}

async function patiently(call: () => Promise<void>, attempt = 1): Promise<void> {
  try {
    await call();
  } catch (error) {
    const { name } = error as Error;
    if (name === "InvalidSnapshot.NotFound") return;
    if (!THROTTLED.has(name) || attempt === ATTEMPTS) throw error;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000 * 2 ** (attempt - 1)));
    await patiently(call, attempt + 1);
  }
}

const THROTTLED = new Set(["RequestLimitExceeded", "Throttling"]);

await (way === "two-workers" ? twoWorkers() : sequential());
const report: LoopDone = { ...done, used: usedSoFar() };
// Its parent ends it: a message of a process that ends by itself may come after its end.
process.channel?.ref();
process.send?.(report);
