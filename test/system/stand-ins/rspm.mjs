// Stands in for Package Manager's command line: `rspm offline` and nothing else.
import { appendFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const run = join(dirname(process.argv[1]), "../../../run");
appendFileSync(join(run, "calls"), `rspm ${process.argv.slice(2).join(" ")} ${JSON.stringify(process.env)}\n`);
if (process.argv[2] !== "offline") process.exit(1);
writeFileSync(join(run, "offline"), "");
