import { type ContenderId, floorSeconds, MEASURED_PROCESSES, type Result, type Scenario } from "./scenarios.ts";

export interface Measured {
  machine: Record<string, string>;
  scenarios: Scenario[];
  results: Result[];
}

const WORDS: Record<ContenderId, string> = {
  steward: "Steward",
  sequential: "one after the other",
  "two-workers": "two workers, geometric retries",
  "process-each": "a process of Node per deletion",
};

/** Prints what was measured, scenario by scenario, and last of all the table for docs/benchmarks.md. */
export function print(measured: Measured): void {
  for (const scenario of measured.scenarios) printScenario(scenario, of(measured, scenario));
  for (const line of HOW) console.log(line);
  for (const [name, value] of Object.entries(measured.machine)) console.log(`${name}: ${value}`);
  console.log(`\n${markdown(measured)}`);
}

const HOW = [
  "\nStand-in: the simulated account, in a process of its own for each contender; every call waits for the latency, other calls than those about snapshots",
  "for the account's own 5 to 40 ms too. Contenders are bundled as the functions are, and run with the heap flags of a Lambda function of 512 MB.",
];

const of = ({ results }: Measured, { id }: Scenario): Result[] => results.filter(({ scenario }) => scenario === id);

function printScenario(scenario: Scenario, results: Result[]): void {
  console.log(`\n(${scenario.id}) ${scenario.title}: ${scenario.due} of ${scenario.total} are due`);
  for (const line of notes(scenario)) console.log(`    ${line}`);
  console.table(results.map((result) => row(result, results)));
  for (const result of results) for (const line of details(result)) console.log(`    ${line}`);
}

function notes(scenario: Scenario): string[] {
  if (scenario.buckets) return [`floor of the bucket: ${floorSeconds(scenario)} s; Steward is allowed its rate and all but a second's worth of its burst here`];
  return [`Steward's pace here is the bench's own, ${scenario.perSecond} deletions a second where its settings allow 5: what EC2 allows is scenario (b)`];
}

const row = (result: Result, all: Result[]) => ({
  contender: WORDS[result.contender],
  "wall s": `${result.extrapolated ? "~" : ""}${rounded(result.wallSeconds)}`,
  "x Steward": ratio(result, all),
  "snapshot calls": sum(result.snapshotCalls),
  "other calls": sum(result.otherCalls),
  throttled: result.throttled,
  left: result.extrapolated ? "-" : result.left,
  named: result.named,
  "peak MB": result.peakMb,
  "cpu s": rounded(result.cpuSeconds),
  invocations: result.invocations,
});

function details(result: Result): string[] {
  const { contender, snapshotCalls, otherCalls, said, lost, extrapolated } = result;
  const calls = [snapshotCalls, otherCalls].map((counts) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  return [
    `${WORDS[contender]}: ${calls.filter(Boolean).join("; ")}`,
    ...(said ? [`    ${said}`] : []),
    ...(extrapolated ? [`    ${MEASURED_PROCESSES} processes were measured and multiplied`] : []),
    ...(lost > 0 ? [`    ${lost} ARE GONE THAT NOBODY MAY DELETE`] : []),
  ];
}

function ratio(result: Result, all: Result[]): string {
  const steward = all.find(({ contender }) => contender === "steward");
  return steward ? `${rounded(result.wallSeconds / steward.wallSeconds)}` : "-";
}

function markdown(measured: Measured): string {
  const lines = measured.scenarios.flatMap((scenario) => {
    const results = of(measured, scenario);
    return results.map((result) => cells(scenario, result, results));
  });
  const head = ["", "contender", "time against Steward's", "snapshot calls", "other calls", "throttled", "left", "peak MB"];
  return [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

const cells = (scenario: Scenario, result: Result, all: Result[]): (string | number)[] => [
  `(${scenario.id})`,
  WORDS[result.contender],
  result.contender === "steward" ? `1 (${rounded(result.wallSeconds)} s)` : `${result.extrapolated ? "about " : ""}${ratio(result, all)}`,
  grouped(sum(result.snapshotCalls)),
  sum(result.otherCalls),
  result.throttled,
  result.extrapolated ? "" : result.left,
  result.peakMb,
];

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
const rounded = (value: number): number => Math.round(value * 10) / 10;
const grouped = (value: number): string => value.toLocaleString("en-US");
