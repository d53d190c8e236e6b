import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** Secret half of the credentials that instance metadata hands out; it must never be seen again. */
export const ROLE_SECRET = "canary-role-5ecret";

/** What an address that stands for AWS and for instance metadata answers; everything can be changed at any time. */
export interface StubAws {
  url: string;
  /** Text of the desired state parameter; undefined where there is none. */
  desired: string | undefined;
  /** Time of the last sweep as it is written in the ledger; undefined where there is none. */
  lastSweep: string | undefined;
  target: string | undefined;
  /** Refuses the calls of this operation. */
  refuses: string;
  /** Whether the node waits in its launch hook. */
  waits: boolean;
  /** What was asked: operation and the words that matter. */
  asked: string[];
  close: () => Promise<void>;
}

type Reply = { status: number; body: string };
const ok = (body: unknown): Reply => ({ status: 200, body: typeof body === "string" ? body : JSON.stringify(body) });
const no = (type: string, status = 400): Reply => ({ status, body: JSON.stringify({ __type: type, message: "no" }) });

/** Speaks the wire formats of the three services that a node asks, and IMDSv2 only, on one loopback port. */
export async function anAws(): Promise<StubAws> {
  const server = createServer(async (request, response) => {
    const { status, body } = request.url?.startsWith("/latest/") ? metadata(stub, request) : answer(stub, request, await read(request));
    response.writeHead(status).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const stub: StubAws = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    desired: undefined,
    lastSweep: new Date().toISOString(),
    target: "InService",
    refuses: "nothing",
    waits: true,
    asked: [],
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return stub;
}

/** Source: EC2 user guide, "Use the Instance Metadata Service" and "Retrieve security credentials from instance metadata". */
function metadata({ target }: StubAws, { method, url = "", headers }: IncomingMessage): Reply {
  if (method === "PUT") return url === "/latest/api/token" && headers["x-aws-ec2-metadata-token-ttl-seconds"] ? ok("token") : no("BadRequest");
  if (headers["x-aws-ec2-metadata-token"] !== "token") return no("Unauthorized", 401);
  const items: Record<string, string | undefined> = {
    "autoscaling/target-lifecycle-state": target,
    "iam/security-credentials/": "steward-demo-node",
    "iam/security-credentials/steward-demo-node": JSON.stringify({
      Code: "Success",
      AccessKeyId: "ASIANODEEXAMPLE00000",
      SecretAccessKey: ROLE_SECRET,
      Token: "session",
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  };
  const item = items[url.replace("/latest/meta-data/", "")];
  return item === undefined ? no("NotFound", 404) : ok(item);
}

function answer(stub: StubAws, { headers }: IncomingMessage, body: string): Reply {
  const form = new URLSearchParams(body);
  const operation = String(headers["x-amz-target"] ?? form.get("Action")).replace(/.*\./, "");
  if (!headers.authorization?.includes("Credential=ASIANODEEXAMPLE00000/")) return no("UnrecognizedClientException", 403);
  if (stub.refuses === operation) {
    stub.asked.push(`${operation}, refused`);
    return no("AccessDeniedException");
  }
  if (operation === "GetParameter") return parameter(stub, JSON.parse(body) as { Name: string });
  if (operation === "GetItem") return item(stub, JSON.parse(body) as { TableName: string; Key: unknown; ConsistentRead: boolean });
  return completion(stub, form);
}

function parameter({ asked, desired }: StubAws, { Name }: { Name: string }): Reply {
  asked.push(`GetParameter ${Name}`);
  return desired === undefined ? no("ParameterNotFound") : ok({ Parameter: { Name, Type: "String", Value: desired, Version: 1 } });
}

function item({ asked, lastSweep }: StubAws, { TableName, Key, ConsistentRead }: { TableName: string; Key: unknown; ConsistentRead: boolean }): Reply {
  asked.push(`GetItem ${TableName} ${JSON.stringify(Key)}${ConsistentRead ? " consistent" : ""}`);
  return ok(lastSweep === undefined ? {} : { Item: { pk: { S: "heartbeat" }, sk: { S: "sweep" }, at: { S: lastSweep } } });
}

/** Auto Scaling speaks the query protocol. */
function completion({ asked, waits }: StubAws, form: URLSearchParams): Reply {
  const said = ["AutoScalingGroupName", "LifecycleHookName", "InstanceId", "LifecycleActionResult"].map((name) => form.get(name));
  asked.push(`${form.get("Action")} ${said.join(" ")}`);
  const xml = (body: string) => `<?xml version="1.0"?>${body}`;
  if (waits)
    return ok(
      xml(
        '<CompleteLifecycleActionResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><CompleteLifecycleActionResult/></CompleteLifecycleActionResponse>',
      ),
    );
  const message = `No active Lifecycle Action found with instance ID ${form.get("InstanceId")}`;
  return {
    status: 400,
    body: xml(`<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
