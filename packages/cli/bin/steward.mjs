#!/usr/bin/env node
if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(
    `steward needs Node 24 or newer; this is Node ${process.versions.node}. In the project's folder, "npx steward" and "npm start" bring the right one (after "npm ci").`,
  );
  process.exit(2);
}
const { main } = await import("../src/main.ts");
process.exitCode = await main(process.argv.slice(2));
