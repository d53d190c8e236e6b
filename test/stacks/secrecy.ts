import type { Graph } from "./graph/graph.ts";
import { revealed } from "./graph/stages.ts";

/** How secrets look. Sources: IAM user guide, "IAM identifiers" (key ids); RFC 7468 (PEM); Slack and PagerDuty, token formats. */
const LOOKS: Record<string, RegExp> = {
  "an access key": /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  "a certificate": /-----BEGIN CERTIFICATE-----/,
  "a login in a URL": /[a-z]+:\/\/[^/\s"@]+:[^/\s"@]+@/,
  "a chat or paging token": /hooks\.slack\.com\/services\/|\bxox[abp]-|\bpd_[A-Za-z0-9]{20}/,
  "SST's key for linked resources": /SST_KEY|bW9jayBMYW1iZGFFbmNyeXB0aW9uS2V5/,
};

/** A name that promises a secret, where a value stands beside it. */
const NAMED = /^(master)?(password|passwordWo|secret(String|Binary|Value)|token|privateKey|apiKey)$/i;

/** Every place in a graph where something looks like a secret or one of the canaries is found, in words. */
export function leaksOf(graph: Graph, canaries: string[] = []): string[] {
  const resources = graph.resources.filter(({ component, type }) => !component && !type.startsWith("random:"));
  const places = resources.flatMap(({ type, name, inputs }) => textsOf(revealed(inputs), `${type} ${name}`));
  return [...places, ...textsOf(graph.outputs, "outputs")].flatMap(({ path, text }) => [
    ...Object.entries(LOOKS).flatMap(([what, looks]) => (looks.test(text) ? [`${path} looks like ${what}`] : [])),
    ...canaries.flatMap((canary) => (text.includes(canary) ? [`${path} has ${canary}`] : [])),
    ...(NAMED.test(path.split(".").at(-1) ?? "") ? [`${path} holds a secret by its name`] : []),
  ]);
}

/** Every text of a value with its path, user data and JSON unpacked. */
function textsOf(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }, ...unpacked(value, path)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, `${path}.${key}`));
}

function unpacked(text: string, path: string): { path: string; text: string }[] {
  if (path.endsWith(".userData")) return [{ path, text: Buffer.from(text, "base64").toString() }];
  return /^({"|\[[{"])/.test(text) ? textsOf(JSON.parse(text), path) : [];
}
