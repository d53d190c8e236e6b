import { remediate } from "../remediate.ts";
import { fromEnvironment } from "./environment.ts";

export const handler = remediate(fromEnvironment());
