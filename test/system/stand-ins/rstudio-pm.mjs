// Stands in for Package Manager's server: real configuration, real environment, real database; packages that it merely claims to have.
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { dirname, join } from "node:path";
import { readerOf } from "./config.mjs";
import { databaseOf } from "./database.mjs";

const root = process.env.SUITE_ROOT;
const setting = readerOf(readFileSync(join(root, "etc/rstudio-pm/rstudio-pm.gcfg"), "utf8"));
const dataDir = join(root, setting("Server.DataDir") ?? "/var/lib/rstudio-pm");
const suite = (name) => join(root, ".suite", name);
const host = readFileSync(join(root, "proc/sys/kernel/hostname"), "utf8").trim();
const environment = { ...process.env };

function log(line) {
  process.stdout.write(`${line}\n`);
  appendFileSync(join(root, "var/log/rstudio/rstudio-pm/rstudio-pm.log"), `${new Date().toISOString()} ${line}\n`);
}

function die(line) {
  log(`FATAL ${line}`);
  process.exit(1);
}

/** The variable, a file of either age, else one that it invents: that is why nothing may start without one. */
function key() {
  if (environment.PACKAGEMANAGER_ENCRYPTION_KEY) return environment.PACKAGEMANAGER_ENCRYPTION_KEY;
  const persistent =
    setting("Storage.Persistent") === "s3" ? suite("bucket/persistent/encryption/rstudio-pm.key") : join(dataDir, "persistent/encryption/rstudio-pm.key");
  for (const path of [persistent, join(dataDir, "rstudio-pm.key")]) if (existsSync(path)) return readFileSync(path, "utf8");
  const invented = randomBytes(512).toString("hex");
  mkdirSync(dirname(persistent), { recursive: true, mode: 0o700 });
  writeFileSync(persistent, invented, { mode: 0o600 });
  return invented;
}

if (setting("Licensing.LicenseType") === "local" && !readdirSync(dataDir).some((name) => name.endsWith(".lic"))) log("WARN there is no licence file");

const sql = databaseOf({ root, setting, environment });
const text = key();
if (!/^[0-9a-f]{1024}$/.test(text)) die("the encryption key is none");
const fingerprint = createHash("sha256").update(Buffer.from(text, "hex")).digest("hex");
try {
  await sql(
    "CREATE TABLE IF NOT EXISTS encryption_key (fingerprint text PRIMARY KEY); CREATE TABLE IF NOT EXISTS nodes (name text PRIMARY KEY); CREATE TABLE IF NOT EXISTS leader (one integer PRIMARY KEY, name text); CREATE TABLE IF NOT EXISTS packages (type text, name text);",
  );
  await sql(`INSERT INTO encryption_key SELECT '${fingerprint}' WHERE NOT EXISTS (SELECT 1 FROM encryption_key)`);
  const [known] = await sql("SELECT fingerprint FROM encryption_key");
  if (known !== fingerprint) die("the encryption key is not the one that this database was filled with");
  await sql(`INSERT INTO nodes VALUES ('${host}') ON CONFLICT DO NOTHING`);
  await sql(`INSERT INTO leader VALUES (1, '${host}') ON CONFLICT DO NOTHING`);
  await sql("INSERT INTO packages SELECT * FROM (SELECT 'cran', 'digest' UNION ALL SELECT 'pypi', 'six') AS first WHERE NOT EXISTS (SELECT 1 FROM packages)");
} catch (error) {
  // What the client says of it names the user and the host, never the password.
  die(`the database does not take us: ${String(error.stderr ?? error.message).trim()}`);
}

/** What was fetched before lies below the data folder; where the vendor puts it is assumed. Nothing is fetched from elsewhere. */
const stored = (path) => {
  const [, folder, file] = /^\/(cran)\/latest\/src\/contrib\/([\w.-]+\.tar\.gz)$/.exec(path) ?? /^\/(pypi)\/latest\/packages\/\d+\/([\w.-]+)$/.exec(path) ?? [];
  const place = folder && join(dataDir, folder, file);
  return place && existsSync(place) ? async () => readFileSync(place) : undefined;
};

let offline = false;
const ROUTES = {
  "/__ping__": async () => "{}",
  "/__api__/status": async () => JSON.stringify({ version: readFileSync(suite("version"), "utf8").trim(), bioc_versions: [], distros: [] }),
  "/__api__/repos": async () =>
    JSON.stringify([
      { id: 1, name: "cran", type: "R" },
      { id: 2, name: "pypi", type: "Python" },
    ]),
  "/cran/latest/src/contrib/PACKAGES": async () =>
    (await sql("SELECT name FROM packages WHERE type = 'cran'")).map((name) => `Package: ${name}\nVersion: 1.0.0\n`).join("\n"),
  "/pypi/latest/simple/": async () => (await sql("SELECT name FROM packages WHERE type = 'pypi'")).map((name) => `<a href="${name}/">${name}</a>\n`).join("\n"),
};
const serve = (request, response) => {
  const route = ROUTES[request.url ?? ""] ?? stored(request.url ?? "");
  const say = (status, body) => response.writeHead(status).end(body);
  if (offline) return say(503, "");
  if (!route) return say(404, "");
  route().then(
    (body) => say(200, body),
    () => say(500, ""),
  );
};
const metrics = createServer((request, response) => response.writeHead(request.url === "/metrics" ? 200 : 404).end("ppm_license_days_left 365\n"));

const COMMANDS = {
  "/offline": async () => {
    offline = true;
    return "";
  },
  "/online": async () => {
    offline = false;
    return "";
  },
  "/nodes": async () => {
    const [leader] = await sql("SELECT name FROM leader");
    return JSON.stringify((await sql("SELECT name FROM nodes ORDER BY name")).map((name) => ({ name, status: "online", leader: name === leader })));
  },
};
const socket = join(root, "run/rstudio-pm/rstudio-pm.sock");
const commands = createServer((request, response) => {
  const command = COMMANDS[request.url ?? ""];
  if (!command) return response.writeHead(404).end();
  command().then(
    (body) => response.end(body),
    () => response.writeHead(500).end(),
  );
});

const slow = suite("slow");
await new Promise((resolve) => setTimeout(resolve, existsSync(slow) ? Number(readFileSync(slow, "utf8")) : 50));
rmSync(socket, { force: true });
commands.listen(socket);
const addressOf = (listen) => {
  const [, host, port] = /^(.*):(\d+)$/.exec(listen);
  return { port: Number(port), ...(host && { host }) };
};
// The files of the certificate have to be readable for the account of the service.
const file = (name) => readFileSync(join(root, setting(name)));
if (setting("HTTPS.Listen")) createTlsServer({ cert: file("HTTPS.Certificate"), key: file("HTTPS.Key") }, serve).listen(addressOf(setting("HTTPS.Listen")));
createServer(serve).listen(addressOf(setting("HTTP.Listen")), () => log("Posit Package Manager service is ready"));
if (setting("Metrics.Enabled") === "true") metrics.listen(Number(setting("Metrics.Listen")));
process.once("SIGTERM", () => process.exit(0));
// A stand-in ends with its root, even one that a killed command left behind.
setInterval(() => existsSync(suite("calls")) || process.exit(), 300);
