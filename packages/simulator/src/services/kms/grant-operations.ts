import type * as module from "@aws-sdk/client-kms";
import { AwsError, type Operations } from "../../account/operation.ts";
import { between, hex } from "../../world/chance.ts";
import { page } from "../events/page.ts";
import { keyRight, retireRight } from "./key-policy.ts";
import { findKey, type Grant, invalid, type Key, type KmsState, requireEnabled } from "./state.ts";

/** "There might be a brief delay, usually less than five minutes, until the operation achieves eventual consistency" (developer guide, "Grants"). */
const SETTLES_MS = 300_000;

/** Grants: create, list, retire. */
export function grantOperations(state: KmsState): Operations<typeof module> {
  return {
    CreateGrant: {
      rights: ({ KeyId, GranteePrincipal = "", Operations = [], GrantTokens = [] }, { principal }) => [
        keyRight(findKey(state, KeyId), {
          action: "kms:CreateGrant",
          by: principal,
          grantTokens: GrantTokens,
          context: { "kms:GranteePrincipal": GranteePrincipal, "kms:GrantOperations": Operations },
        }),
      ],
      run: (input, { principal }) => {
        const grant = createGrant(findKey(state, input.KeyId), input, principal.arn);
        return { GrantId: grant.id, GrantToken: grant.token };
      },
    },
    ListGrants: {
      rights: ({ KeyId }, { principal }) => [keyRight(findKey(state, KeyId), { action: "kms:ListGrants", by: principal })],
      run: ({ KeyId, GrantId, GranteePrincipal, Limit = 50, Marker }) => {
        const key = findKey(state, KeyId);
        const chosen = key.grants.filter(({ id, grantee }) => (GrantId ?? id) === id && (GranteePrincipal ?? grantee) === grantee);
        const { items, next } = page(chosen, { token: Marker, limit: Limit, wrongToken: () => new AwsError("InvalidMarkerException", "") });
        return { Grants: items.map((grant) => shown(key, grant)), Truncated: next !== undefined, ...(next && { NextMarker: next }) };
      },
    },
    RetireGrant: {
      rights: (input, { principal }) => {
        const { key, grant } = findGrant(state, input);
        return [retireRight(key, grant, principal)];
      },
      run: (input) => {
        const { key, grant } = findGrant(state, input);
        key.grants = key.grants.filter(({ id }) => id !== grant.id);
        return {};
      },
    },
  };
}

/** A grant of the same name and content is not made twice; the call then returns the one that is there (API reference, CreateGrant). */
function createGrant(key: Key, input: module.CreateGrantRequest, issuer: string): Grant {
  requireEnabled(key);
  const { GranteePrincipal: grantee = "", Operations: operations = [], Name: name, RetiringPrincipal: retiring, Constraints: constraints } = input;
  if (!/^(arn:aws:(iam|sts)::\d{12}:|[\w.-]+\.amazonaws\.com$)/.test(grantee)) throw new AwsError("InvalidArnException", `Invalid ARN: ${grantee}`);
  if (operations.length === 0) throw invalid("[]", "operations", "Member must not be empty");
  const content = JSON.stringify({ grantee, operations, name, retiring, constraints });
  const same = key.grants.find((grant) => name !== undefined && grant.name === name && contentOf(grant) === content);
  if (same) return same;
  const grant: Grant = {
    id: hex(64),
    token: Buffer.from(hex(64)).toString("base64"),
    grantee,
    operations,
    issuer,
    created: new Date(),
    effectiveAt: new Date(Date.now() + between(0, SETTLES_MS)),
    ...(name !== undefined && { name }),
    ...(retiring !== undefined && { retiring }),
    ...(constraints && { constraints }),
  };
  key.grants.push(grant);
  return grant;
}

const contentOf = ({ grantee, operations, name, retiring, constraints }: Grant): string => JSON.stringify({ grantee, operations, name, retiring, constraints });

function findGrant(state: KmsState, { GrantToken, GrantId, KeyId }: module.RetireGrantRequest): { key: Key; grant: Grant } {
  for (const key of GrantToken ? state.keys.values() : [findKey(state, KeyId)]) {
    const grant = key.grants.find(({ id, token }) => (GrantToken ? token === GrantToken : id === GrantId));
    if (grant) return { key, grant };
  }
  if (GrantToken) throw new AwsError("InvalidGrantTokenException", "");
  throw new AwsError("NotFoundException", `Grant ID ${GrantId} not found`);
}

const shown = (key: Key, { id, name, grantee, retiring, operations, constraints, issuer, created }: Grant): module.GrantListEntry => ({
  KeyId: key.arn,
  GrantId: id,
  Name: name ?? "",
  CreationDate: created,
  GranteePrincipal: grantee,
  IssuingAccount: issuer,
  Operations: operations,
  ...(retiring !== undefined && { RetiringPrincipal: retiring }),
  ...(constraints && { Constraints: constraints }),
});
