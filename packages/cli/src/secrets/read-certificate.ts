import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CertificateSecret } from "@steward/core/desired/vault";
import { bad, good, type Reading } from "./reading.ts";

const SOON_DAYS = 30;
const DAY_MS = 86_400_000;
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

interface KeyPair {
  certificate: string;
  "private-key": string;
}

interface Asked {
  now: Date;
  /** Name under which users reach the server; null where nobody has said. */
  host: string | null;
}

/** Looks at a certificate with its chain (PEM, the server's own first) and its private key (PEM, without a passphrase). */
export function readCertificate({ certificate, "private-key": privateKey }: KeyPair, { now, host }: Asked): Reading {
  const chain = certificatesOf(certificate);
  if (!Array.isArray(chain)) return chain;
  const key = keyOf(privateKey);
  if ("kind" in key) return key;
  const [own, ...issuers] = chain as [X509Certificate, ...X509Certificate[]];
  if (!own.checkPrivateKey(key.key)) return bad("the private key is not that of the first certificate; the server's own comes first, its issuers after it");
  const late = chain.find(({ validToDate }) => validToDate <= now);
  if (late) return bad(`the certificate of ${subject(late)} expired at ${late.validToDate.toISOString()}`);
  const early = chain.find(({ validFromDate }) => validFromDate > now);
  if (early) return bad(`the certificate of ${subject(early)} is not valid before ${early.validFromDate.toISOString()}`);
  return good(own.fingerprint256.replaceAll(":", "").toLowerCase(), warningsOf([own, ...issuers], { now, host }));
}

/** As it lies in the vault. */
export function readVaultedCertificate(text: string, asked: Asked): Reading {
  const parsed = CertificateSecret.safeParse(parse(text));
  return parsed.success ? readCertificate(parsed.data, asked) : bad("what is vaulted as certificate is not a certificate with its private key");
}

function certificatesOf(text: string): X509Certificate[] | Reading {
  if (text.includes("PRIVATE KEY-----")) return bad("the certificate's file holds a private key too; it may hold certificates only");
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return bad("there is no PEM certificate in the certificate's file");
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return bad("a certificate in the certificate's file cannot be parsed");
  }
}

/** OpenSSL's own words stay out: nobody has promised what is in them. */
function keyOf(text: string): { key: KeyObject } | Extract<Reading, { kind: "bad" }> {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text))
    return { kind: "bad", because: "the private key has a passphrase, which no server that starts by itself could enter; openssl pkey takes it off" };
  try {
    return { key: createPrivateKey({ key: text, format: "pem" }) };
  } catch {
    return { kind: "bad", because: "the private key cannot be parsed as PEM" };
  }
}

function warningsOf(chain: [X509Certificate, ...X509Certificate[]], { now, host }: Asked): string[] {
  const [own] = chain;
  const days = Math.floor(Math.min(...chain.map(({ validToDate }) => validToDate.getTime() - now.getTime())) / DAY_MS);
  const broken = chain.some((certificate, index) => index > 0 && !chain[index - 1]?.checkIssued(certificate));
  return [
    ...(days < SOON_DAYS ? [`the certificate expires in ${days} days`] : []),
    ...(broken ? ["the certificates are not in order: each is to be issued by the one after it"] : []),
    ...(host !== null && own.checkHost(host) === undefined ? [`the certificate is not for ${host}, which the settings give as the address`] : []),
  ];
}

const subject = ({ subject: words }: X509Certificate): string => words?.split("\n").at(-1) ?? "nobody";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
