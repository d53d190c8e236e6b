import { runbook } from "../runbook.ts";
import { fromEnvironment } from "./environment.ts";

export const handler = runbook(fromEnvironment());
