/** What only AWS can name: an id or ARN that exists after the thing does. */
const PLACEHOLDER = /\{([a-zA-Z]+(?::[a-z-]+)?)\}/g;

/**
 * Every placeholder that a text has, such as `{targetGroup}` or `{key:data}`. JSON's own braces are none, because a name follows at once.
 * Known: `{loadBalancer}`, `{targetGroup}` (their CloudWatch dimensions), `{key:<id>}` (a key's ARN), `{program}` (checksum of the node's program).
 */
export const placeholders = (text: string): string[] => [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name))];

/** Fills the placeholders of a text; throws on one that nothing answers to. */
export const fill = (text: string, named: Readonly<Record<string, string>>): string =>
  text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const found = named[name];
    if (found === undefined) throw new Error(`nothing answers to the placeholder ${placeholder}`);
    return found;
  });

/** Fills the placeholders of every text in a value. */
export const fillAll = <T>(value: T, named: Readonly<Record<string, string>>): T => JSON.parse(fill(JSON.stringify(value), named)) as T;
