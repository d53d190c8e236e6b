/**
 * Text of an environment file for systemd: every value in double quotes, in which four characters are escaped and line
 * breaks stand as they are. Source: systemd.exec(5), "EnvironmentFile", and its env-file.c.
 */
export const writeEnvironment = (variables: readonly (readonly [name: string, value: string])[]): string =>
  variables.map(([name, value]) => `${name}="${value.replace(/["\\`$]/g, "\\$&")}"\n`).join("");

/** What systemd takes for a variable; it passes over any other, so that the service would start without it. Source: systemd, env-util.c. */
export const isVariable = (name: string, value: string): boolean => /^[A-Za-z_]\w*$/.test(name) && !/[^\P{Cc}\t\n]/u.test(value);

/** The variables in a text that `writeEnvironment` wrote; none where there is no text. */
export const readEnvironment = (text = ""): Map<string, string> =>
  new Map([...text.matchAll(/^([A-Za-z_]\w*)="((?:[^"\\]|\\["\\`$])*)"$/gm)].map(([, name, quoted]) => [String(name), String(quoted).replace(/\\(.)/g, "$1")]));
