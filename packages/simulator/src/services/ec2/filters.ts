import { AwsError } from "../../account/operation.ts";

/** A filter as every describe call of EC2 takes it. */
export interface Filter {
  Name?: string | undefined;
  Values?: string[] | undefined;
}

/** The filters that are modelled for one kind of resource, by the name the API reference gives them; each says a resource's values. */
export type Fields<T> = Record<string, (item: T) => string[]>;

/** Source: EC2 user guide, "List and filter using the CLI and API": values of all filters of a request together. */
const MOST_VALUES = 200;

/** Whether a resource passes all filters; a filter passes when one of its values does. `*` and `?` are wildcards. */
export const matches = <T extends { tags: Record<string, string> }>(item: T, fields: Fields<T>, filters: Filter[] | undefined): boolean =>
  checked(filters).every(({ Name = "", Values = [] }) => {
    const actual = valuesOf(item, fields, Name);
    return Values.some((wanted) => actual.some((value) => wildcard(wanted).test(value)));
  });

function checked(filters: Filter[] = []): Filter[] {
  if (filters.flatMap(({ Values = [] }) => Values).length > MOST_VALUES)
    throw new AwsError("FilterLimitExceeded", `The maximum number of filter values specified on a single call is ${MOST_VALUES}`);
  return filters;
}

function valuesOf<T extends { tags: Record<string, string> }>(item: T, fields: Fields<T>, name: string): string[] {
  if (name.startsWith("tag:")) return [item.tags[name.slice(4)] ?? []].flat();
  if (name === "tag-key") return Object.keys(item.tags);
  const field = fields[name];
  if (!field) throw new AwsError("InvalidParameterValue", `The filter '${name}' is invalid`);
  return field(item);
}

/** A pattern of the API as a regular expression. */
export const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
