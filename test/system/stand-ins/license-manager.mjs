// Stands in for Package Manager's license-manager: `status` in three blocks, and `license-server`.
// Source: Posit Package Manager Admin Guide, "Licensing": the licence file, the local key, the floating licence.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env.SUITE_ROOT;
const [verb, server] = process.argv.slice(2);
if (verb === "license-server") {
  writeFileSync(join(root, ".suite/license-server"), `${server}\n`);
  process.exit(0);
}
if (verb !== "status") process.exit(1);
const hasFile = readdirSync(join(root, "var/lib/rstudio-pm")).some((name) => name.endsWith(".lic"));
const file = hasFile
  ? [
      "Status: Activated",
      "Product-Key: LICENSE-FILE",
      "Has-Key: Yes",
      "Has-Trial: No",
      "Tier: Advanced",
      "Expiration: 2027-11-22 00:00:00",
      "Days-Left: 365",
      "License-Engine: 5.0.3.4",
      "License-Scope: System",
    ]
  : ["Status: Not Activated"];
const local = ["Status: Expired", "Has-Key: No", "Has-Trial: Yes", "License-Scope: System", "License-Engine: 5.0.3.4"];
const blocks = [
  ["-- License file status --", ...file],
  ["-- Local license status --", ...local],
  ["-- Floating license status --", "License server not in use."],
];
process.stdout.write(`RStudio License Manager 2026.08.0\n\n${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`);
