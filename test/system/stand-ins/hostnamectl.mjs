// Stands in for hostnamectl, which would rename the machine that runs the suite.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [verb, name] = process.argv.slice(2);
if (verb !== "set-hostname" || !name) process.exit(1);
for (const path of ["etc/hostname", "proc/sys/kernel/hostname"]) writeFileSync(join(process.env.SUITE_ROOT, path), `${name}\n`);
