import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DeclaredDocument, type EffectiveDocument } from "@steward/core/desired/documents";
import { effectiveDocument } from "@steward/core/desired/in-effect";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import type { LoginId, SecretId } from "@steward/core/desired/vault";
import type { DesiredState } from "@steward/core/fleet/probe";
import type { TopologyKind } from "@steward/core/topology/topology";
import { buildNode } from "../../scripts/build-node.ts";
import { haTopology, singleTopology } from "../settings.ts";
import { AnAccount } from "./account/an-account.ts";
import { CANARY } from "./debian/execute.ts";
import { freePort } from "./debian/ports.ts";
import type { Postgres } from "./debian/postgres.ts";
import { requireDebian } from "./debian/require.ts";
import { aRoot, type Root } from "./debian/root.ts";

const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });

/** A key as `rspm encrypt generate` makes one. */
export const newKey = (): string => openssl("rand", "-hex", "512").trim();

/** The vendor's fingerprint of a key, made by openssl instead of by the program. */
export function vendorFingerprint(hex: string): string {
  const pattern = [223, 99, 111, 160, 122, 212, 223, 105, 37, 190];
  const turned = Buffer.from(hex, "hex").map((byte, index) => byte ^ (pattern[index % 10] ?? 0));
  return execFileSync("openssl", ["dgst", "-sha256", "-r"], { input: turned }).toString().slice(0, 64);
}

/** What lies in the vault of a stage; every text is one that must never be seen elsewhere. */
function aVault(folder: string): Record<SecretId, string> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const made = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
  ];
  openssl("req", "-x509", ...made, "-keyout", key, "-out", certificate);
  return {
    "encryption-key": newKey(),
    license: "canary-licence-line-one\r\n  canary-licence-line-two",
    certificate: JSON.stringify({ certificate: readFileSync(certificate, "utf8"), "private-key": readFileSync(key, "utf8") }),
    "database-login-a": JSON.stringify({ password: "canary-login-a_0123456789" }),
    "database-login-b": JSON.stringify({ password: "canary-login-b_0123456789" }),
    "fingerprint-salt": openssl("rand", "-hex", "32").trim(),
  };
}

interface Different {
  login?: LoginId;
  dataVolume?: string;
  /** Changes the document at last. */
  edit?: (document: EffectiveDocument) => void;
}

/** An account with a filled vault, the built program, and nodes that meet both. */
export class AStage {
  readonly kind: TopologyKind;
  readonly account: AnAccount;
  readonly vault: Record<SecretId, string>;
  private readonly database: Postgres | undefined;
  private readonly roots: Root[] = [];
  readonly program: string;

  private constructor(parts: { kind: TopologyKind; account: AnAccount; program: string; database: Postgres | undefined }) {
    this.kind = parts.kind;
    this.account = parts.account;
    this.program = parts.program;
    this.vault = aVault(dirname(parts.program));
    this.database = parts.database;
  }

  static async open(kind: TopologyKind, database?: Postgres): Promise<AStage> {
    requireDebian();
    const outDir = mkdtempSync(join(tmpdir(), "steward-program-"));
    const [account, program] = await Promise.all([AnAccount.open(kind), buildNode({ outDir })]);
    const stage = new AStage({ kind, account, program, database });
    await stage.fillVault();
    if (database) await account.vaultedMaster(database.masterPassword);
    return stage;
  }

  /** Puts back what a test may have changed in the account. */
  async fillVault(): Promise<void> {
    const kept: SecretId[] =
      this.kind === "ha"
        ? ["encryption-key", "license", "database-login-a", "database-login-b", "fingerprint-salt"]
        : ["encryption-key", "license", "certificate", "fingerprint-salt"];
    await Promise.all(kept.map((id) => this.account.vaulted(id, this.vault[id])));
  }

  /** Every text that may be nowhere but in its own place. */
  get canaries(): string[] {
    const { "encryption-key": key, "fingerprint-salt": salt } = this.vault;
    const words = ["canary-licence-line-one", "canary-licence-line-two", "canary-login-a_0123456789", "canary-login-b_0123456789"];
    return [CANARY, key.slice(0, 64), salt, ...words, ...(this.database ? [this.database.masterPassword] : [])];
  }

  /** A new node, as the group has launched it. */
  node(index: 0 | 1 = 0): Root {
    const { instanceId = "", metadata = "" } = this.account.nodes[index] ?? {};
    const root = aRoot({ program: this.program, topology: this.kind, instanceId, aws: this.account.url, metadata });
    if (this.database) writeFileSync(root.at(CONFIG_PATHS.databaseAuthorities), this.database.authorities);
    this.roots.push(root);
    return root;
  }

  /** The document that Steward would write, on ports that are free on this machine. */
  async document({ login = "database-login-a", dataVolume, edit }: Different = {}): Promise<EffectiveDocument> {
    const [port, https, metrics] = [await freePort(), await freePort(), await freePort()];
    const different = { packageManager: { port } };
    const topology = this.kind === "ha" ? haTopology("demo", different) : singleTopology("demo", different);
    const text = (topology.objects[0]?.content ?? "")
      .replace("= 2112", `= ${metrics}`)
      .replace("= :443", `= :${https}`)
      .replaceAll("5432", String(this.database?.port ?? 5432));
    const database = this.database ? { host: "localhost", login, masterSecret: this.account.masterSecret } : null;
    const document = effectiveDocument(DeclaredDocument.parse(JSON.parse(text)), { dataVolume: dataVolume ?? null, database });
    edit?.(document);
    return document;
  }

  /** Makes a document the desired state, or only lays it down. */
  async want(document: EffectiveDocument, { onlyDocument = false, key = this.vault["encryption-key"] } = {}): Promise<DesiredState> {
    return this.account.wanted(document, { salt: this.vault["fingerprint-salt"], keyFingerprint: vendorFingerprint(key), onlyDocument });
  }

  /** Takes the nodes away that tests have made. */
  removeNodes(): void {
    for (const root of this.roots.splice(0)) root.remove();
  }

  close(): void {
    this.removeNodes();
    this.account.close();
    rmSync(dirname(dirname(this.program)), { recursive: true });
  }
}

/** A command's payload, as the command document takes it. */
export function envelope(
  key: string,
  { epoch = 7, inSeconds = 60, ...more }: { epoch?: number; inSeconds?: number; document?: DesiredState["document"]; format?: string; start?: boolean } = {},
): string {
  return Buffer.from(JSON.stringify({ key, epoch, notAfter: new Date(Date.now() + inSeconds * 1000), ...more })).toString("base64url");
}
