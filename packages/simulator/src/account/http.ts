import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { escapeXml, type WireRequest, type WireResponse } from "../wire/message.ts";
import { advance } from "../world/drive.ts";
import { machineDelay, machineTime } from "../world/install.ts";
import type { Account } from "./account.ts";
import { answer, NoEndpoint } from "./handler.ts";

interface Door {
  port: number;
  host: "127.0.0.1";
  /** Asked first: answers a request in the account's place, or leaves it to the account. */
  aside?: (request: WireRequest) => Promise<WireResponse | undefined>;
}

/**
 * Opens the account to the AWS CLI and boto3 (`--endpoint-url http://127.0.0.1:PORT`), on loopback only.
 * The sockets are real and the account's latency is virtual: answers leave as the world's clock moves, so somebody has
 * to move it, for example `followRealTime`.
 */
export async function serve(account: Account, { port, host, aside = async () => undefined }: Door): Promise<{ port: number; close(): Promise<void> }> {
  const answered = async (request: WireRequest) => (await aside(request)) ?? (await answer(account, request));
  const server = createServer((request, reply) => void respond(answered, request, reply));
  await listening(server, port, host);
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

/** How far behind the machine's clock the world may fall. */
const TICK_MS = 20;

/** Lets the world's clock run with the machine's until stopped; nothing else may drive the world meanwhile. */
export function followRealTime(): { stop(): void } {
  let running = true;
  void (async () => {
    for (let last = machineTime(); running; ) {
      await machineDelay(TICK_MS);
      const now = machineTime();
      const elapsed = Math.floor(now - last);
      if (running) await advance(elapsed);
      last += elapsed;
    }
  })();
  return {
    stop: () => {
      running = false;
    },
  };
}

async function respond(answered: (request: WireRequest) => Promise<WireResponse>, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  try {
    const { status, headers, body } = await answered(await wireRequest(incoming));
    // The answer to a HEAD tells the length of a body that it does not have.
    reply.writeHead(status, { "content-length": String(body.length), ...headers }).end(body);
  } catch (error) {
    fail(error, reply);
  }
}

/** A simulated break of the connection breaks the real one; anything else is told, not hidden. */
function fail(error: unknown, reply: ServerResponse): void {
  if (error instanceof Error && "code" in error) {
    reply.destroy();
    return;
  }
  if (error instanceof NoEndpoint) {
    refuse(error, reply);
    return;
  }
  reply.writeHead(500, { "content-type": "text/plain" }).end(`the simulated account failed: ${error instanceof Error ? error.message : String(error)}`);
}

/** Told as an error that clients show and do not repeat; those that expect JSON show the whole text. */
function refuse({ message }: NoEndpoint, reply: ServerResponse): void {
  const error = `<ErrorResponse><Error><Code>NotImplemented</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`;
  reply.writeHead(501, { "content-type": "text/xml" }).end(error);
}

async function wireRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?");
  return {
    method: incoming.method ?? "GET",
    hostname: (incoming.headers.host ?? "").replace(/:\d+$/, ""),
    path,
    query: queryOf(new URLSearchParams(search)),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: await bodyOf(incoming),
  };
}

function queryOf(search: URLSearchParams): Record<string, string | string[]> {
  const values = [...new Set(search.keys())].map((key): [string, string[]] => [key, search.getAll(key)]);
  return Object.fromEntries(values.map(([key, all]) => [key, all.length === 1 ? (all[0] ?? "") : all]));
}

async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}

const listening = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
