import { keepingIn } from "../keeping.ts";
import type { RuntimeConfig } from "../runtime.ts";
import { fromEnvironment } from "./environment.ts";

/** The environment of a function that keeps or prunes; apart, so that the others carry no settings. */
export const withKeeping = (): RuntimeConfig => ({ ...fromEnvironment(), keeping: keepingIn(process.env) });
