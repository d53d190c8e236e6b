/** What AWS has named so far, by placeholder or by the topology's own id. */
export type Named = Readonly<Record<string, string>>;

/** The name that stands for an id of the topology; throws where nothing was made under it. */
export function nameOf(named: Named, id: string): string {
  const found = named[id];
  if (found === undefined) throw new Error(`the deploy made nothing under the name ${id}`);
  return found;
}

/** Tags as most services take them. */
export const tagList = (tags: Record<string, string>): { Key: string; Value: string }[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
