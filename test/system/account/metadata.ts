import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Account } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { nodeSession } from "@steward/simulator/fleet/node-session";

interface Instance {
  instanceId: string;
  profile: string;
}

/**
 * Serves the instance metadata of one instance, by IMDSv2 only, and answers its address. Below `/test/` the suite looks into
 * the account: what this instance asked for (`record`), and an operator's hand that takes rights from its role or gives all back (`deny`).
 * Source: EC2 user guide, "Use the Instance Metadata Service" and "Retrieve security credentials from instance metadata".
 */
export async function serveMetadata(account: Account, instance: Instance): Promise<string> {
  const session = nodeSession(account, instance.instanceId, instance.profile);
  if (!session) throw new Error("the stage gave its nodes no role");
  const { policy } = session;
  const server = createServer(async (request, response) => {
    const [path = "", search = ""] = (request.url ?? "").split("?");
    if (path === "/test/record") return say(response, 200, JSON.stringify(account.record.filter(({ principal }) => principal === session.arn)));
    if (path === "/test/deny") {
      const actions = new URLSearchParams(search).getAll("action");
      session.policy =
        actions.length === 0 ? policy : { ...policy, Statement: [...policy.Statement, { Sid: "Withheld", Effect: "Deny", Action: actions, Resource: ["*"] }] };
      return say(response, 200, "");
    }
    return metadata(request, response, items(account, instance, session));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const TOKEN = "imds-v2-token";

function metadata({ method, url = "", headers }: IncomingMessage, response: ServerResponse, found: Record<string, string | undefined>): void {
  if (method === "PUT") {
    const asked = url === "/latest/api/token" && headers["x-aws-ec2-metadata-token-ttl-seconds"];
    say(response, asked ? 200 : 400, asked ? TOKEN : "");
    return;
  }
  const known = headers["x-aws-ec2-metadata-token"] === TOKEN;
  const item = found[url.replace("/latest/meta-data/", "")];
  say(response, known ? (item === undefined ? 404 : 200) : 401, known ? (item ?? "") : "");
}

const items = (account: Account, { instanceId, profile }: Instance, { accessKeyId, secretAccessKey }: Principal): Record<string, string | undefined> => ({
  "instance-id": instanceId,
  "autoscaling/target-lifecycle-state": account.links.lifecycleTarget(instanceId),
  "iam/security-credentials/": profile,
  [`iam/security-credentials/${profile}`]: JSON.stringify({
    Code: "Success",
    LastUpdated: new Date().toISOString(),
    Type: "AWS-HMAC",
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: "session-token",
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  }),
});

function say(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(body) }).end(body);
}
