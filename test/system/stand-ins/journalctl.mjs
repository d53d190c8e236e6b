// Stands in for journalctl: the last lines of everything that units of this root have said.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const journal = join(process.env.SUITE_ROOT, ".suite/journal");
const lines = Number(process.argv.map((word) => /^--lines=(\d+)$/.exec(word)?.[1]).find(Boolean) ?? 1_000);
const text = existsSync(journal) ? readFileSync(journal, "utf8") : "";
process.stdout.write(`${text.split("\n").slice(-lines).join("\n")}\n`);
