import type { SnapshotFacts } from "./snapshot.ts";

/** What rests on each snapshot, in words, by the snapshot's id. */
export const usersOf = ({ images, templates, needed }: Pick<SnapshotFacts, "images" | "templates" | "needed">) => ({
  images: bySnapshot(images, ({ imageId, state }) => `image ${imageId} (${state})`),
  templates: bySnapshot(templates, ({ templateId, version }) => `version ${version} of launch template ${templateId}`),
  needed: new Map([...Map.groupBy(needed, ({ snapshotId }) => snapshotId)].map(([id, all]) => [id, all.map(({ by }) => by)])),
});

function bySnapshot<T extends { snapshotIds: string[] }>(users: readonly T[], words: (user: T) => string): Map<string, string[]> {
  const uses = users.flatMap((user) => user.snapshotIds.map((id) => ({ id, user: words(user) })));
  return new Map([...Map.groupBy(uses, ({ id }) => id)].map(([id, all]) => [id, all.map(({ user }) => user)]));
}
