import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** A line-wise terminal with one status line at the bottom; without a terminal, plain lines and no status. */
export class Screen {
  private readonly stream: NodeJS.WriteStream;
  private status = "";

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Columns; without a terminal lines are not broken. */
  get width(): number {
    return this.isTerminal ? Math.max(60, this.stream.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  /** Colour only where the stream shows it and the environment wants it (NO_COLOR, FORCE_COLOR). */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.stream });
  }

  line(text = ""): void {
    this.wipe();
    this.stream.write(`${text}\n`);
    this.stream.write(this.status);
  }

  /** Replaces the status line, cut to the terminal's width. */
  progress(text: string): void {
    if (!this.isTerminal) return;
    this.wipe();
    this.status = text.slice(0, (this.stream.columns ?? 80) - 1);
    this.stream.write(this.status);
  }

  done(): void {
    this.wipe();
    this.status = "";
  }

  private wipe(): void {
    if (this.status !== "") this.stream.write("\r\u001b[2K");
  }
}

/** Milliseconds that a reader gets per line on a terminal: the story is read, not only printed. */
const READING_MS = 90;

/** Waits on the machine's clock without touching the world's. */
export function giveTimeToRead(screen: Screen): void {
  if (screen.isTerminal) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READING_MS);
}
