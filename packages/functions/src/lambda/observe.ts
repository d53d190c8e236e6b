import { observe } from "../observe.ts";
import { fromEnvironment } from "./environment.ts";

export const handler = observe(fromEnvironment());
