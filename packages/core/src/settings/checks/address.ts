import { type Check, each, type Finding, type Stages, when } from "../check.ts";
import type { StageSettings } from "../schema.ts";

/** A certificate belongs to one region and one account, and a balancer takes those of its own: ACM User Guide, "Supported Regions". */
function certificatePlace(settings: StageSettings): Finding[] {
  if (settings.topology !== "ha" || settings.certificateArn === null) return [];
  const [, , , region, account] = settings.certificateArn.split(":");
  return [
    ...when(region !== settings.region, "certificateArn", `is of ${region}`, {
      allowed: `a certificate of ${settings.region}, where the load balancer is`,
      reads: ["region"],
    }),
    ...when(account !== settings.account, "certificateArn", `is of account ${account}`, {
      allowed: `a certificate of account ${settings.account}`,
      reads: ["account"],
    }),
  ];
}

/** The setting by which a stage serves HTTPS, and whether it does. */
const https = (settings: StageSettings) =>
  settings.topology === "ha"
    ? { by: "certificateArn", served: settings.certificateArn !== null, how: "a certificateArn" }
    : { by: "tls", served: settings.tls === "vaulted", how: 'tls: "vaulted"' };

function httpsServed(settings: StageSettings): Finding[] {
  const { by, served, how } = https(settings);
  const { address } = settings.packageManager;
  return when(address !== null && /^https:/i.test(address) && !served, "packageManager.address", "is https, and the stage serves plain HTTP", {
    allowed: `an http address, or ${how}`,
    reads: [by],
  });
}

/** Same host, port and path, however they are written. */
function sameAddress(stages: Stages): Finding[] {
  const addresses = Object.entries(stages).flatMap(
    ([
      name,
      {
        packageManager: { address },
      },
    ]) => (address === null ? [] : [{ name, address: normal(address) }]),
  );
  return addresses.flatMap(({ name, address }, index) => {
    const first = addresses.slice(0, index).find((other) => other.address === address);
    return first
      ? when(true, at(name), `is the address of stage ${first.name} too`, { allowed: "an address of its own for each stage", reads: [at(first.name)] })
      : [];
  });
}

const at = (stage: string): string => `stages.${stage}.packageManager.address`;

const normal = (address: string): string => {
  const { host, pathname } = new URL(address);
  return host + pathname.replace(/\/+$/, "");
};

function plainHttp(settings: StageSettings): Finding[] {
  if (settings.topology !== "ha") return [];
  const { certificateArn, plainHttp } = settings;
  return [
    ...when(certificateArn === null && !plainHttp, "certificateArn", "is null: users would speak plain HTTP, tokens included", {
      allowed: "the ARN of an ACM certificate; or plainHttp: true, if that is meant",
      reads: ["plainHttp"],
    }),
    ...when(certificateArn !== null && plainHttp, "plainHttp", "is true beside a certificate, with which plain HTTP is redirected", {
      allowed: "false, or no certificateArn",
      reads: ["certificateArn"],
    }),
  ];
}

export const addressChecks: readonly Check[] = [
  { id: "certificate-place", level: "refuse", words: "The certificate is of the stage's region and account.", of: each(certificatePlace) },
  { id: "https-served", level: "refuse", words: "An https address goes with a stage that serves HTTPS.", of: each(httpsServed) },
  { id: "same-address", level: "refuse", words: "No two stages have the same address.", of: sameAddress },
  { id: "plain-http", level: "refuse", words: "A load balancer has a certificate, or plain HTTP is said to be meant; not both.", of: each(plainHttp) },
];
