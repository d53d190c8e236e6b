// Stands in for Package Manager's server: the port of its configuration, a slow start, its two endpoints, offline means 503.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const root = process.argv[2];
const port = Number(/Listen = :(\d+)/.exec(readFileSync(join(root, "etc/rstudio-pm/rstudio-pm.gcfg"), "utf8"))[1]);
const slow = join(root, "run/slow");
const startMs = existsSync(slow) ? Number(readFileSync(slow, "utf8")) : 100;
const bodies = { "/__ping__": "{}", "/__api__/status": JSON.stringify({ version: "2026.08.0" }) };
const server = createServer((request, response) => {
  response.statusCode = existsSync(join(root, "run/offline")) ? 503 : request.url in bodies ? 200 : 404;
  response.end(bodies[request.url]);
});
setTimeout(() => server.listen(port, "127.0.0.1"), startMs);
// A stand-in ends with its root, even one that a killed command left behind.
setInterval(() => existsSync(join(root, "run")) || process.exit(), 300);
