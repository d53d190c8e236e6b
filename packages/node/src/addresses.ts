import { type Config, lastValue, parseConfig } from "@steward/core/desired/gcfg";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";

/** A TCP address, and nothing else of the URL that it came from. */
interface Address {
  host: string;
  port: number;
}

/** The configuration on this node; undefined where there is none that Package Manager would read. */
export async function readConfig(host: Host): Promise<Config | undefined> {
  const text = await host.readFile(PATHS.config);
  const found = text === undefined ? undefined : parseConfig(text);
  return found?.kind === "config" ? found.config : undefined;
}

/** Where the configured Postgres listens; undefined when there is none to look at. User and password are dropped here. */
export function databaseAddress(config: Config): Address | undefined {
  const url = lastValue(config, "Postgres", "URL");
  if (!url || !URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return hostname === "" ? undefined : { host: hostname, port: port === "" ? 5432 : Number(port) };
}

/** The regional S3 endpoint when packages are kept in S3; undefined for local storage. */
export function storageAddress(config: Config): Address | undefined {
  const region = lastValue(config, "S3Storage", "Region");
  if (lastValue(config, "Storage", "Default")?.toLowerCase() !== "s3" || !region) return undefined;
  return { host: `s3.${region}.amazonaws.com`, port: 443 };
}

/** Where Package Manager listens on this node; the vendor's default is port 4242. */
export function serviceUrl(config: Config | undefined, path: string): string {
  const listen = config && lastValue(config, "HTTP", "Listen");
  const port = /:(\d+)$/.exec(listen ?? "")?.[1] ?? "4242";
  return `http://127.0.0.1:${port}${path}`;
}
