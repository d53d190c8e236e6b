const SPECIAL = /[\\^$.|+()[\]{}]/g;
const escaped = (text: string): string => text.replace(SPECIAL, "\\$&");

/** Whether `text` matches a pattern in which `*` is any characters and `?` one; used for actions and `StringLike`. */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = escaped(pattern).replaceAll("*", "[^]*").replaceAll("?", "[^]");
  return new RegExp(`^${source}$`).test(text);
}

/** Actions are not case-sensitive. Source: IAM user guide, "JSON policy elements: Action". */
export const matchesAction = (pattern: string, action: string): boolean => matchesPattern(pattern.toLowerCase(), action.toLowerCase());

/**
 * Whether a `Resource` entry of a policy covers an ARN: wildcards stay inside their colon-delimited segment, except that
 * a `*` that ends its segment may reach past the colon. Source: IAM user guide, "JSON policy elements: Resource".
 */
export function matchesResource(pattern: string, resource: string): boolean {
  if (pattern === "*") return true;
  const source = escaped(pattern)
    .replace(/\*+(?=:|$)/g, "\u0000")
    .replaceAll("*", "[^:]*")
    .replaceAll("?", "[^:]")
    .replaceAll("\u0000", ".*");
  return new RegExp(`^${source}$`).test(resource);
}

/** `ArnLike`/`ArnEquals`: each of the six parts is compared by itself. Source: IAM user guide, "ARN condition operators". */
export function matchesArn(pattern: string, arn: string): boolean {
  const [wanted, given] = [sixParts(pattern), sixParts(arn)];
  return wanted.length === given.length && wanted.every((part, index) => matchesPattern(part, given[index] ?? ""));
}

function sixParts(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** Whether any ARN at all could match both patterns, part by part. */
export function arnsOverlap(left: string, right: string): boolean {
  const [a, b] = [sixParts(left), sixParts(right)];
  return a.length === b.length && a.every((part, index) => overlap(part, b[index] ?? ""));
}

/** Whether any text at all could match both patterns, `*` and `?` being wild in each. */
export function overlap(left: string, right: string): boolean {
  const seen = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = `${i},${j}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    seen.set(key, false);
    const answer = step(i, j);
    seen.set(key, answer);
    return answer;
  };
  const step = (i: number, j: number): boolean => {
    const [a, b] = [left[i], right[j]];
    if (a === undefined && b === undefined) return true;
    if (a === "*") return from(i + 1, j) || (b !== undefined && from(i, j + 1));
    if (b === "*") return from(i, j + 1) || (a !== undefined && from(i + 1, j));
    if (a === undefined || b === undefined) return false;
    return (a === b || a === "?" || b === "?") && from(i + 1, j + 1);
  };
  return from(0, 0);
}
