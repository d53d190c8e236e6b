/** `stages.team.snapshots.schedules[0].keep`: how operators find a setting. */
export const pathOf = (keys: readonly PropertyKey[]): string =>
  keys.reduce<string>((path, key) => (typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`), "");

const inside = (outer: string, inner: string): boolean => inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);

/** Whether two paths name the same setting, or one a part of the other. */
export const overlap = (one: string, other: string): boolean => one === other || inside(one, other) || inside(other, one);
