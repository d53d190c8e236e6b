// The database of the stand-in of Package Manager's server: the real sqlite3 or the real psql, one statement at a time.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Answers a function that runs SQL and gives back its rows, columns between bars. */
export function databaseOf({ root, setting, environment }) {
  return setting("Database.Provider") === "postgres" ? postgres({ root, setting, environment }) : sqlite(join(root, setting("SQLite.Dir")));
}

function sqlite(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Names as nobody has confirmed them: one for the packages and one for the usage data, as the Admin Guide says there are.
  const file = join(folder, "rstudio-pm.db");
  return async (sql) => rows((await run("sqlite3", ["-cmd", ".timeout 5000", file, `PRAGMA journal_mode=WAL; ${sql}`])).stdout.replace(/^wal\n/, ""));
}

/** Go's driver takes any parameter of the session in the URL; libpq takes them as options. */
function postgres({ root, setting, environment }) {
  const url = new URL(setting("Postgres.URL"));
  const parameter = (name) => url.searchParams.get(name);
  const connection = [
    `host=${url.hostname} port=${url.port} dbname=${url.pathname.slice(1)} user=${url.username} connect_timeout=5`,
    `sslmode=${parameter("sslmode")} sslrootcert=${join(root, parameter("sslrootcert"))} options='-csearch_path=${parameter("search_path")}'`,
  ].join(" ");
  const env = { PATH: environment.PATH, PGPASSWORD: environment.PACKAGEMANAGER_POSTGRES_PASSWORD ?? "", PGCONNECT_TIMEOUT: "5" };
  return async (sql) => rows((await run("psql", ["--no-psqlrc", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, connection], { env })).stdout);
}

const rows = (text) => text.split("\n").filter(Boolean);
