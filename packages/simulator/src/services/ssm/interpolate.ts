import { AwsError } from "../../account/operation.ts";
import type { Document } from "./documents.ts";

/** What one command makes of a document: a line for the shell and the time that the line may take. */
export interface Interpolated {
  line: string;
  executionSeconds: number;
}

/** Puts a command's parameters into a document, refusing what the document does not allow. Sources: SendCommand errors, data elements and parameters. */
export function interpolate(document: Document, given: Record<string, string[]>): Interpolated {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(document.parameters, name)) throw invalidParameters(`parameter ${name} is not defined in the document`);
  const values = new Map(Object.keys(document.parameters).map((name) => [name, value(document, name, given[name])]));
  const filled = (text: string) => text.replace(/\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole);
  return { line: document.step.runCommand.map(filled).join("\n"), executionSeconds: Number(filled(document.step.timeoutSeconds)) };
}

function value(document: Document, name: string, given: string[] | undefined): string {
  const { default: standard, allowedValues, allowedPattern } = document.parameters[name] ?? {};
  const text = given?.join(",") ?? standard;
  if (text === undefined) throw invalidParameters(`parameter ${name} is required`);
  if (allowedValues && !allowedValues.includes(text)) throw invalidParameters(`parameter ${name} has a value that is not one of its allowed values`);
  if (allowedPattern && !new RegExp(allowedPattern).test(text)) throw invalidParameters(`parameter ${name} does not match its allowed pattern`);
  return text;
}

/** The message's wording is ours; AWS's is not documented. */
const invalidParameters = (because: string): AwsError => new AwsError("InvalidParameters", `Invalid parameters: ${because}.`);

const PROGRAM = "/opt/steward/bin/steward-node";

/** What the shell of a simulated machine is to run. */
export interface NodeProgram {
  verb: string;
  payload: string;
}

/** The one line that such a shell understands, as words; every other one is refused when it is sent. */
export function nodeProgram(line: string): NodeProgram {
  const [exec, program, verb, payload, ...rest] = line.split(/\s+/);
  if (exec !== "exec" || program !== PROGRAM || verb === undefined || payload === undefined || rest.length > 0) {
    throw new AwsError(
      "UnknownOperationException",
      `the shell of a simulated machine runs "exec ${PROGRAM} <verb> <payload>" only, not: ${line.slice(0, 80)}`,
      501,
    );
  }
  return { verb, payload };
}
