import { setting } from "./gcfg.ts";

/** A TCP address, and nothing else of the URL that it came from. */
export interface Address {
  host: string;
  port: number;
}

/** Where the configured Postgres listens; undefined when there is none to look at. User and password are dropped here. */
export function databaseAddress(config: string): Address | undefined {
  const url = setting(config, "Postgres", "URL");
  if (!url || !URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return hostname === "" ? undefined : { host: hostname, port: port === "" ? 5432 : Number(port) };
}

/** The regional S3 endpoint when packages are kept in S3; undefined for local storage. */
export function storageAddress(config: string): Address | undefined {
  const region = setting(config, "S3Storage", "Region");
  if (setting(config, "Storage", "Default")?.toLowerCase() !== "s3" || !region) return undefined;
  return { host: `s3.${region}.amazonaws.com`, port: 443 };
}

/** Where Package Manager listens on this node; the vendor's default is port 4242. */
export function serviceUrl(config: string | undefined, path: string): string {
  const listen = config === undefined ? undefined : setting(config, "HTTP", "Listen");
  const port = /:(\d+)$/.exec(listen ?? "")?.[1] ?? "4242";
  return `http://127.0.0.1:${port}${path}`;
}
