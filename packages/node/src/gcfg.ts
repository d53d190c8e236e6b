/**
 * The value of one key of a gcfg file: names in any case, sections may repeat, the last value wins.
 * Enough for finding addresses; comparing whole configurations is not its job.
 */
export function setting(config: string, section: string, key: string): string | undefined {
  let current = "";
  let value: string | undefined;
  for (const raw of config.split("\n")) {
    const line = raw.trim();
    const header = /^\[\s*([^\]"\s]+)/.exec(line)?.[1];
    if (header !== undefined) current = header.toLowerCase();
    const found = /^([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*)$/.exec(line);
    if (!found || current !== section.toLowerCase() || found[1]?.toLowerCase() !== key.toLowerCase()) continue;
    value = plain(found[2] ?? "");
  }
  return value;
}

/** Without quotes, and without the comment that `;` or `#` begins outside of them. */
function plain(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return quoted ?? text.replace(/\s*[;#].*$/, "").trim();
}
