import type { PolicyDocument, PolicyPrincipal, ResourcePolicy, ResourceStatement } from "@steward/core/topology/policy";
import type { Right } from "../account/operation.ts";
import { conditionsHold } from "./conditions.ts";
import { evaluate, type Verdict } from "./evaluate.ts";
import { matchesAction, matchesResource } from "./wildcard.ts";

/**
 * Whether a requester may do something inside one account: an explicit deny in either policy wins; the resource's policy
 * or the identity's suffices. A key's policy must allow in any case, by naming the requester, or by handing the question to
 * the account, where the identity's policy answers. `requester` is an ARN or a service's name, which has no identity policy.
 * Sources: IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies" and "Default key policy".
 */
export function decide(requester: string, identity: PolicyDocument, right: Right): Verdict {
  const own = evaluate(identity, right);
  if (!right.policy) return own;
  const said = right.resources.map((resource) => answers(right.policy ?? NOTHING, requester, { right, resource }));
  if (said.some(({ denied }) => denied)) return refused("of an explicit deny in a resource-based policy");
  if (isDenied(identity, right)) return own;
  if (said.every(({ named }) => named)) return { allowed: true, by: own.allowed ? own.by : [] };
  if (!isKeyRight(right) || said.every(({ named, delegated }) => named || delegated)) return own;
  return refused(`no resource-based policy allows the ${right.action} action`);
}

const NOTHING: ResourcePolicy = { Version: "2012-10-17", Statement: [] };
const refused = (because: string): Verdict => ({ allowed: false, because });

/** "No AWS principal has any permissions to a KMS key unless that permission is provided explicitly" (KMS developer guide, "Key policies"). */
const isKeyRight = ({ action }: Right): boolean => action.toLowerCase().startsWith("kms:");

/** Whatever the denies of an identity's policy cover, asked as if they allowed it. */
function isDenied(identity: PolicyDocument, right: Right): boolean {
  const denies = identity.Statement.filter(({ Effect }) => Effect === "Deny").map((statement) => ({ ...statement, Effect: "Allow" as const }));
  return right.resources.some((resource) => evaluate({ ...identity, Statement: denies }, { ...right, resources: [resource] }).allowed);
}

interface Answer {
  denied: boolean;
  /** An allow names the requester itself. */
  named: boolean;
  /** An allow names the requester's account. */
  delegated: boolean;
}

function answers(policy: ResourcePolicy, requester: string, { right, resource }: { right: Right; resource: string }): Answer {
  const applied = policy.Statement.filter((statement) => appliesTo(statement, right, resource)).map(({ Effect, Principal }) => ({
    Effect,
    how: meets(Principal, requester),
  }));
  const allows = applied.filter(({ Effect }) => Effect === "Allow");
  return {
    denied: applied.some(({ Effect, how }) => Effect === "Deny" && how !== "not"),
    named: allows.some(({ how }) => how === "named"),
    delegated: allows.some(({ how }) => how === "delegated"),
  };
}

const appliesTo = ({ Action, Resource, Condition = {} }: ResourceStatement, right: Right, resource: string): boolean =>
  Action.some((pattern) => matchesAction(pattern, right.action)) &&
  Resource.some((pattern) => matchesResource(pattern, resource)) &&
  conditionsHold(Condition, right.context ?? {});

/** Source: IAM user guide, "AWS JSON policy elements: Principal": an account stands for its identities, which need a policy of their own. */
function meets(principal: PolicyPrincipal, requester: string): "named" | "delegated" | "not" {
  if (principal === "*" || principal.AWS?.includes("*")) return "named";
  if (principal.Service?.includes(requester)) return "named";
  if (principal.AWS?.some((entry) => entry === requester || isRoleOf(entry, requester))) return "named";
  const account = requester.startsWith("arn:") ? requester.split(":")[4] : undefined;
  return principal.AWS?.some((entry) => entry === account || entry === `arn:aws:iam::${account}:root`) ? "delegated" : "not";
}

/** A role stands for all its sessions; a session's ARN does not show the role's path. */
function isRoleOf(role: string, session: string): boolean {
  const [, account, name] = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(session) ?? [];
  return account !== undefined && role.startsWith(`arn:aws:iam::${account}:role/`) && role.split("/").at(-1) === name;
}
