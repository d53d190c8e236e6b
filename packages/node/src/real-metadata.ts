const ADDRESS = "http://169.254.169.254";
const TIMEOUT_MS = 1_000;
const TOKEN_SECONDS = "60";

/**
 * One item of instance metadata by IMDSv2, or undefined where EC2 has none (404). `AWS_EC2_METADATA_SERVICE_ENDPOINT`, the
 * SDK's own name for it, puts another address in its place. Source: EC2 user guide, "Use the Instance Metadata Service to access instance metadata".
 */
export async function metadata(item: string, address = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? ADDRESS): Promise<string | undefined> {
  const token = await ask(`${address}/latest/api/token`, { method: "PUT", headers: { "X-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS } });
  return ask(`${address}/latest/meta-data/${item}`, { headers: { "X-aws-ec2-metadata-token": token ?? "" } });
}

async function ask(url: string, init: RequestInit): Promise<string | undefined> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (response.status === 404) return undefined;
  if (!response.ok) throw Object.assign(new Error(`instance metadata answered ${response.status}`), { name: `Metadata${response.status}` });
  return text.trim();
}
