import { execFileSync, spawn } from "node:child_process";
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "./ports.ts";

/** What a database server of RDS is to its clients: TLS only, and a master who is no superuser. */
export interface Postgres {
  port: number;
  /** Text of the bundle of authorities that know this server. */
  authorities: string;
  masterPassword: string;
  /** Runs SQL as RDS itself does, and answers the rows, columns between bars. */
  asRds: (sql: string, database?: string) => string[];
  /** Runs SQL over TLS as somebody who logs in; throws what psql says. */
  as: (user: string, password: string, sql: string) => string[];
  /** What the server has logged. */
  log: () => string;
  stop: () => Promise<void>;
}

const NAME = "rstudio_pm";
const BIN = globSync("/usr/lib/postgresql/*/bin").sort().at(-1) ?? "";

/**
 * Starts Debian's PostgreSQL in a folder of its own. Its superuser is RDS's own, and `postgres` is the master as RDS makes one.
 * Source: RDS user guide, "Understanding the rds_superuser role" and "Understanding PostgreSQL roles and permissions".
 */
export async function aPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "steward-postgres-"));
  execFileSync("chown", ["postgres:postgres", folder]);
  asPostgres("initdb", "--pgdata", join(folder, "data"), "--username", "rdsadmin", "--auth", "trust", "--no-sync", "--encoding", "UTF8");
  certify(folder);
  const port = await freePort();
  const server = start(folder, port);
  const masterPassword = "canary-master-pa55word";
  const asRds: Postgres["asRds"] = (sql, database = "postgres") => psql(`host=${folder} port=${port} user=rdsadmin dbname=${database}`, sql);
  await answering(() => asRds("SELECT 1"), server.log);
  asRds(`CREATE ROLE rds_superuser NOLOGIN; CREATE ROLE postgres LOGIN CREATEROLE CREATEDB PASSWORD '${masterPassword}' IN ROLE rds_superuser`);
  asRds(`CREATE DATABASE ${NAME} OWNER postgres`);
  // From here on every statement is in the log; before, the suite itself has said a password.
  asRds("ALTER SYSTEM SET log_statement = 'all'");
  asRds("SELECT pg_reload_conf()");
  const authorities = join(folder, "ca.crt");
  const dsn = `host=localhost port=${port} dbname=${NAME} sslmode=verify-full sslrootcert=${authorities}`;
  return {
    port,
    authorities: readFileSync(authorities, "utf8"),
    masterPassword,
    asRds,
    as: (user, password, sql) => psql(`${dsn} user=${user}`, sql, { PGPASSWORD: password }),
    log: server.log,
    stop: async () => {
      asPostgres("pg_ctl", "stop", "--pgdata", join(folder, "data"), "--mode", "immediate");
      await server.ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const asPostgres = (command: string, ...words: string[]) =>
  execFileSync("runuser", ["-u", "postgres", "--", join(BIN, command), ...words], { stdio: "pipe", cwd: "/" });

function start(folder: string, port: number): { log: () => string; ended: Promise<unknown> } {
  const at = (name: string) => join(folder, name);
  const settings = {
    port,
    listen_addresses: "localhost",
    unix_socket_directories: folder,
    ssl: "on",
    ssl_cert_file: at("server.crt"),
    ssl_key_file: at("server.key"),
    fsync: "off",
    password_encryption: "scram-sha-256",
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value}'\n`);
  writeFileSync(at("data/postgresql.auto.conf"), lines.join(""));
  writeFileSync(at("data/pg_hba.conf"), "local all rdsadmin trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n");
  const server = spawn("runuser", ["-u", "postgres", "--", join(BIN, "postgres"), "-D", at("data")], { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  const said: string[] = [];
  server.stderr.on("data", (chunk) => said.push(String(chunk)));
  return { log: () => said.join(""), ended: new Promise((resolve) => server.once("exit", resolve)) };
}

function psql(connection: string, sql: string, more: Record<string, string> = {}): string[] {
  const words = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1", "--command", sql, connection];
  const text = execFileSync("psql", words, { env: { PATH: process.env.PATH, ...more }, stdio: "pipe", encoding: "utf8" });
  return text.split("\n").filter(Boolean);
}

/** An authority of our own, and a certificate of the server by its name. */
function certify(folder: string): void {
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "pipe" });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", at("ca.key"), "-out", at("ca.crt"), "-days", "2", "-subj", "/CN=authority of the suite");
  openssl("req", ...ec, "-keyout", at("server.key"), "-out", at("server.csr"), "-subj", "/CN=localhost");
  writeFileSync(at("names"), "subjectAltName=DNS:localhost\n");
  const signed = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", at("names")];
  openssl("x509", "-req", "-in", at("server.csr"), ...signed, "-out", at("server.crt"));
  for (const name of ["server.key", "server.crt"]) execFileSync("chown", ["postgres:postgres", at(name)]);
  chmodSync(at("server.key"), 0o600);
}

async function answering(ask: () => unknown, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      ask();
      return;
    } catch {
      await setTimeout(100);
    }
  }
  throw new Error(`PostgreSQL does not start: ${said()}`);
}
