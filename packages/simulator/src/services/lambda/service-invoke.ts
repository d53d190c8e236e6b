import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { enqueueEvent } from "./events-queue.ts";
import { type PolicyEntry, type Resolved, requireActive, resolve } from "./functions.ts";
import { type Invoker, LIMITS, startDurable } from "./invoke.ts";
import { functionArn, referenceOf } from "./naming.ts";

/** Another AWS service's asynchronous invocation. */
export interface ServiceInvocation {
  functionArn: string;
  payload: unknown;
  source?: { principal: string; arn: string };
}

/** Takes an event from another AWS service; throws the `AwsError` that the service would get. */
export function invokeFromService(invoker: Invoker, { functionArn: target, payload, source }: ServiceInvocation): void {
  const resolved = resolve(invoker.functions, referenceOf(target));
  if (source) requireAllowed(resolved, source);
  requireActive(resolved.version);
  const text = JSON.stringify(payload ?? {});
  if (Buffer.byteLength(text) > LIMITS.Event)
    throw new AwsError("RequestTooLargeException", `Request must be smaller than ${LIMITS.Event} bytes for the InvokeFunction operation`, 413, {
      Type: "User",
    });
  if (resolved.version.durable) startDurable(invoker, resolved, { text, type: "Event" });
  else enqueueEvent(invoker, { resolved, requestId: requestId(), payload: JSON.parse(text), queuedAt: new Date() });
}

function requireAllowed(resolved: Resolved, source: { principal: string; arn: string }): void {
  const resource = functionArn({ name: resolved.function.name, qualifier: resolved.qualifier });
  const statements = resolved.function.policies.get(resolved.qualifier ?? "$LATEST") ?? [];
  if (statements.some((statement) => lets(statement, source))) return;
  throw new AwsError(
    "AccessDeniedException",
    `User: ${source.principal} is not authorized to perform: lambda:InvokeFunction on resource: ${resource} because no resource-based policy allows the lambda:InvokeFunction action`,
    403,
  );
}

function lets({ Principal, Action, Condition }: PolicyEntry, source: { principal: string; arn: string }): boolean {
  const named = Principal === "*" || ("Service" in Principal && Principal.Service === source.principal);
  const pattern = Condition?.ArnLike?.["AWS:SourceArn"];
  return named && (Action === "lambda:InvokeFunction" || Action === "lambda:*") && (pattern === undefined || arnLike(pattern, source.arn));
}

/** `*` stands for anything, `?` for one character. */
const arnLike = (pattern: string, value: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  ).test(value);

const requestId = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
