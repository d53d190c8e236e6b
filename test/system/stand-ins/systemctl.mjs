// Stands in for systemd's systemctl: knows one unit, keeps its state in files, leaves the rest to a real process.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(dirname(process.argv[1]), "../..");
const at = (name) => join(root, "run", name);
const [verb, unit] = process.argv.slice(2);
appendFileSync(at("calls"), `${process.argv.slice(2).join(" ")} ${JSON.stringify(process.env)}\n`);
if (unit !== "rstudio-pm") process.exit(5);

const pid = () => (existsSync(at("pid")) ? Number(readFileSync(at("pid"), "utf8")) : 0);
const alive = () => {
  try {
    return pid() > 0 && process.kill(pid(), 0);
  } catch {
    return false;
  }
};

if (verb === "restart" && alive()) {
  process.kill(pid(), "SIGKILL");
  while (alive()) await new Promise((resolve) => setTimeout(resolve, 5));
}
if (verb === "start" || verb === "restart") {
  if (!alive()) {
    rmSync(at("offline"), { force: true });
    const server = spawn(process.execPath, [join(root, "opt/rstudio-pm/bin/rstudio-pm"), root], { detached: true, stdio: "ignore" });
    writeFileSync(at("pid"), String(server.pid));
    writeFileSync(at("since"), new Date().toISOString().slice(0, 19).replace("T", " "));
    server.unref();
  }
} else if (verb === "show") {
  const stamp = alive() ? `Mon ${readFileSync(at("since"), "utf8")} UTC` : "";
  process.stdout.write(`ActiveState=${alive() ? "active" : existsSync(at("pid")) ? "failed" : "inactive"}\nActiveEnterTimestamp=${stamp}\n`);
} else {
  process.exit(1);
}
