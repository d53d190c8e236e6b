import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { REGION } from "./ids.ts";

interface Call {
  method: string;
  params: { bundle?: string; handler?: string }[];
}

/** What SST's command answers to its components over HTTP; other methods are refused by name. Lets the process end. */
export async function startRpcServer(root: string): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => response.setHeader("connection", "close").end(JSON.stringify(answer(JSON.parse(String(Buffer.concat(chunks))), root))));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer({ method, params: [args = {}] }: Call, root: string): { result: unknown } | { error: string } {
  if (method === "Provider.Aws.Bootstrap")
    return {
      result: { asset: `sst-asset-${REGION}`, assetEcrRegistryId: "", assetEcrUrl: "", state: `sst-state-${REGION}`, appsyncHttp: "", appsyncRealtime: "" },
    };
  if (method !== "Runtime.Build") return { error: `the mock of SST's command does not answer ${method}` };
  if (!args.bundle) return { error: `${args.handler} has no bundle: functions are built by npm run build, not by SST` };
  const file = resolve(root, args.bundle, `${args.handler?.split(".")[0]}.mjs`);
  if (!existsSync(file)) return { error: `${file} is not there: npm run build makes it` };
  return { result: { out: resolve(root, args.bundle), handler: args.handler, errors: [], sourcemaps: [] } };
}
