import { alert } from "../alert.ts";
import { fromEnvironment } from "./environment.ts";

export const handler = alert(fromEnvironment());
