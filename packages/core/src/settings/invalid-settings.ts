/** One thing that cannot stay as it is in a config. */
export interface Problem {
  /** `stages.production.database.storageGib`; empty for the config itself. */
  path: string;
  /** What is so, with the value unless it may be a secret: "is 20". */
  problem: string;
  allowed: string;
}

/** What was written as settings cannot be deployed; names every problem at once, and no secret. */
export class InvalidSettings extends Error {
  override readonly name = "InvalidSettings";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super([`${problems.length} ${problems.length === 1 ? "problem" : "problems"} in the settings; nothing is done`, ...problems.map(line)].join("\n"));
    this.problems = problems;
  }
}

const line = ({ path, problem, allowed }: Problem): string => `  ${path || "the config"} ${problem}; allowed: ${allowed}`;
