import type { ResourceType, Filter as SdkFilter } from "@aws-sdk/client-ec2";
import { arn, REGION } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { type Fields, matches } from "./filters.ts";
import { type Page, page } from "./page.ts";

/** Anything of EC2 that has an id and tags. */
export interface Resource {
  id: string;
  tags: Record<string, string>;
}

interface Kind<T> {
  /** As tag specifications and ARNs name it. */
  type: ResourceType;
  /** What its ids begin with. */
  prefix: string;
  missing: (id: string) => AwsError;
  fields: Fields<T>;
}

interface Listing<T> {
  ids?: string[] | undefined;
  filters?: SdkFilter[] | undefined;
  maxResults?: number | undefined;
  token?: string | undefined;
  /** Those that are left out whatever the filters say. */
  hides?: (item: T) => boolean;
}

/** All resources of one kind. */
export class Collection<T extends Resource> {
  readonly items = new Map<string, T>();
  readonly type: ResourceType;
  private readonly kind: Kind<T>;

  constructor(kind: Kind<T>) {
    this.kind = kind;
    this.type = kind.type;
  }

  newId(): string {
    return `${this.kind.prefix}-0${hex(16)}`;
  }

  add(item: T): T {
    this.items.set(item.id, item);
    return item;
  }

  all(): T[] {
    return [...this.items.values()];
  }

  /** The resource of an id, or the error that EC2 answers for an id it does not know. */
  the(id: string | undefined): T {
    const found = this.items.get(id ?? "");
    if (!found) throw this.kind.missing(id ?? "");
    return found;
  }

  /** One page of a describe call. Without MaxResults all items come at once (EC2 API reference, "Pagination"). */
  describe({ ids, filters, maxResults, token, hides = () => false }: Listing<T>): Page<T> {
    const named = ids?.length ? ids.map((id) => this.the(id)) : this.all();
    return page(
      named.filter((item) => !hides(item) && matches(item, this.kind.fields, filters)),
      { keyOf: ({ id }) => id, limit: maxResults ?? Number.POSITIVE_INFINITY, token, invalidToken },
    );
  }

  /** One action on each named resource, with that resource's tags as condition keys. */
  rightsOn(action: string, ids: (string | undefined)[] | undefined): Right[] {
    return (ids ?? []).flatMap((id) => (id === undefined ? [] : [this.rightOn(action, id)]));
  }

  private rightOn(action: string, id: string): Right {
    return { action: `ec2:${action}`, resources: [arn("ec2", `${this.type}/${id}`)], context: tagContext(this.items.get(id)?.tags ?? {}) };
  }
}

const invalidToken = (): AwsError => new AwsError("InvalidNextToken", "The specified token is not valid.");

/** The condition keys that the tags of a resource fill. Source: service authorization reference, Amazon EC2. */
export const tagContext = (tags: Record<string, string>): Record<string, string> => ({
  "ec2:Region": REGION,
  ...Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`ec2:ResourceTag/${key}`, value],
    ]),
  ),
});

/** A kind's error for an id that EC2 does not know, with its documented code. */
export const notFound = (code: string, noun: string) => (id: string) => new AwsError(code, `The ${noun} '${id}' does not exist`);
