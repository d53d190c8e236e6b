// Package Manager's configuration file, as far as the stand-in of its server looks at it.
/** Reads the value of `Section.Key`, in any case, the last one; undefined where there is none. */
export function readerOf(text) {
  const values = new Map();
  let section = "";
  for (const line of text.split("\n")) {
    const row = line.trim();
    if (row === "" || /^[#;]/.test(row)) continue;
    section = /^\[(.*)\]$/.exec(row)?.[1].toLowerCase() ?? section;
    const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(row) ?? [];
    if (key) values.set(`${section}.${key.toLowerCase()}`, value.replace(/^"(.*)"$/, "$1"));
  }
  return (name) => values.get(name.toLowerCase());
}
