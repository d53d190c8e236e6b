/** Whether something may hold settings by name. */
export const isGroup = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

/** What is written under a key; undefined for what is not there or only inherited. */
export const own = (value: unknown, key: PropertyKey): unknown =>
  (isGroup(value) || Array.isArray(value)) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
