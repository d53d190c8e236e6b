// Stands in for Package Manager's command line, which speaks to the server by its socket: `offline`, `online`, `cluster nodes -o json`.
import { request } from "node:http";
import { join } from "node:path";

const words = process.argv.slice(2).join(" ");
const path = { offline: "/offline", online: "/online", "cluster nodes -o json": "/nodes" }[words];
if (!path) process.exit(1);
const socketPath = join(process.env.SUITE_ROOT, "run/rstudio-pm/rstudio-pm.sock");
const ask = request({ socketPath, path, method: "POST" }, (response) => {
  response.pipe(process.stdout);
  response.once("end", () => process.exit(response.statusCode === 200 ? 0 : 1));
});
ask.once("error", () => {
  process.stderr.write("could not connect to the server\n");
  process.exit(1);
});
ask.end();
