/** Edits (a letter more, less, another, or two swapped) between two words, whatever their case. */
export function distance(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + same, swapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY));
    }
    [before, row] = [row, next];
  }
  return at(row, b.length);
}

const at = (row: readonly number[], index: number): number => Number(row[index]);

/** The known name that was probably meant: at most half of its letters are wrong. Ties go to the first. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const last = (path: string) => path.slice(path.lastIndexOf(".") + 1);
  const scored = known.map((path) => ({ path, off: distance(name, last(path)), most: Math.max(name.length, last(path).length) / 2 }));
  const [best] = scored.filter(({ off, most }) => off <= most).sort((a, b) => a.off - b.off);
  return best?.path;
}
