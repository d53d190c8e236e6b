import { describeKilled } from "./killed-runs.ts";

/** Its counterpart begins with the kills before a checkpoint: between them, each checkpoint is killed both ways. */
await describeKilled("incident", { apart: 12, first: ["after"] });
