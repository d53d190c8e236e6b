/** Where something stands in a text: both count from 1, columns in characters. */
export interface Position {
  line: number;
  column: number;
}

/** Where reading stopped and why; never holds anything of the text. */
export class Failure {
  readonly because: string;
  readonly offset: number;
  constructor(because: string, offset: number) {
    this.because = because;
    this.offset = offset;
  }
}

/** What a name may be made of: Go's letters and digits, and hyphens; a letter first. */
export const IDENTIFIER = /\p{L}[\p{L}\p{Nd}-]*/uy;

const ESCAPED: Record<string, string> = { "\\": "\\", '"': '"', n: "\n", t: "\t" };

/** Walks over the text of a config, piece by piece; every character is looked at a fixed number of times. */
export class Scanner {
  offset = 0;
  readonly #text: string;
  readonly #lines: number[];

  constructor(text: string) {
    this.#text = text;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  positionOf(offset: number): Position {
    let [low, high] = [0, this.#lines.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: [...this.#text.slice(this.#lines[low], offset)].length + 1 };
  }

  atEnd = (): boolean => this.offset >= this.#text.length;

  fail = (because: string, offset = this.offset): Failure => new Failure(because, offset);

  take(character: string): boolean {
    const found = this.#text[this.offset] === character;
    if (found) this.offset += 1;
    return found;
  }

  identifier = (): string | undefined => this.#run(IDENTIFIER) || undefined;

  skipSpace(): void {
    this.#run(/[ \t\r]*/y);
  }

  /** Empty lines and comments, up to something that says something. */
  skipBlank(): void {
    do this.#run(/[ \t\r\n]*/y);
    while (this.#run(/[;#][^\n]*/y) !== "");
  }

  endOfLine(otherwise: string): Failure | undefined {
    this.#run(/[ \t\r]*(?:[;#][^\n]*)?/y);
    return this.atEnd() || this.take("\n") ? undefined : this.fail(otherwise);
  }

  /** After the opening quote; only quotes and backslashes can be escaped here, and nothing is stripped. */
  subsection(): string | Failure {
    const start = this.offset - 1;
    let name = "";
    while (!this.take('"')) {
      name += this.#run(/[^"\\\n]*/y);
      if (this.atEnd() || this.take("\n")) return this.fail("the name of a subsection is not closed by a quote", start);
      if (!this.take("\\")) continue;
      const character = this.#text[this.offset] ?? "";
      if (character !== "\\" && character !== '"') return this.fail("a backslash in the name of a subsection stands before neither a quote nor a backslash");
      this.offset += 1;
      name += character;
    }
    return name === "" ? this.fail("the name of a subsection is empty", start) : name;
  }

  /** Quoted and unquoted stretches may alternate; blanks around the whole and carriage returns anywhere do not count. */
  value(): string | Failure {
    this.skipSpace();
    let value = "";
    let end = 0;
    for (;;) {
      const stretch = this.#run(/[^"\\;#\n]*/y).replaceAll("\r", "");
      value += stretch;
      const ink = inked(stretch);
      if (ink > 0) end = value.length - stretch.length + ink;
      const piece = this.#marked();
      if (piece === undefined) return value.slice(0, end);
      if (piece instanceof Failure) return piece;
      value += piece;
      end = value.length;
    }
  }

  /** What a quote or a backslash begins; undefined where the value ends. */
  #marked(): string | Failure | undefined {
    if (this.take('"')) return this.#quoted();
    if (!this.take("\\")) return undefined;
    this.take("\r");
    if (this.take("\n")) return "";
    return this.take('"') ? '"' : this.fail("a backslash outside of quotes stands before neither the end of the line nor a quote");
  }

  #quoted(): string | Failure {
    const start = this.offset - 1;
    let text = "";
    while (!this.take('"')) {
      text += this.#run(/[^"\\\n]*/y).replaceAll("\r", "");
      if (this.atEnd() || this.take("\n")) return this.fail("a quoted value is not closed on its line", start);
      if (!this.take("\\")) continue;
      const escaped = ESCAPED[this.#text[this.offset] ?? ""];
      if (escaped === undefined) return this.fail("a backslash in a quoted value begins no escape that gcfg knows");
      this.offset += 1;
      text += escaped;
    }
    return text;
  }

  #run(pattern: RegExp): string {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.offset += found.length;
    return found;
  }
}

/** Length without the blanks at the end; by hand, because a pattern for them takes quadratic time. */
function inked(text: string): number {
  let length = text.length;
  while (length > 0 && (text[length - 1] === " " || text[length - 1] === "\t")) length -= 1;
  return length;
}
