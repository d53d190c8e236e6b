import { describeKilled } from "./killed-runs.ts";

await describeKilled("retirement", { apart: 6, first: ["before", "after"] });
