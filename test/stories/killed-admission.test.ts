import { describeKilled } from "./killed-runs.ts";

await describeKilled("admission", { apart: 8, first: ["before", "after"] });
