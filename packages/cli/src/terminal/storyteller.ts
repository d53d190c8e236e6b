import type { SimulationResult } from "../simulation/result.ts";
import type { Narrator, SimulationRequest } from "../simulation/simulate.ts";
import type { Stage } from "../simulation/stage.ts";
import { count, elapsed, timeOfDay } from "./clock.ts";
import { type News, newsOf } from "./news.ts";
import { giveTimeToRead, Screen } from "./screen.ts";
import { summaryOf } from "./summary.ts";
import { wrap } from "./wrap.ts";

/** An alarm that has data for the first time and is well tells nobody anything. */
const isBeginning = (before: string | undefined, { voice, value }: News): boolean => voice === "alarm" && value === "OK" && before === "INSUFFICIENT_DATA";

const COLOUR = { good: "green", bad: "red", neutral: "none" } as const;
/** Columns before the text of a line: time, time since the fault, sign and voice. */
const MARGIN = 31;
const SIGN = { good: "✓", bad: "✗", neutral: "·" } as const;

/** Tells a simulation as it happens: what changed in the world, when, and how long after the fault. */
export class Storyteller implements Narrator {
  private readonly screen: Screen;
  private readonly told = new Map<string, string>();
  private readonly labels = new Map<string, string>();

  constructor(stream: NodeJS.WriteStream) {
    this.screen = new Screen(stream);
  }

  begin(stage: Stage, { topology, scenario, seed }: SimulationRequest): void {
    const { screen } = this;
    screen.line(
      screen.style("bold", `Steward on a simulated AWS account`) + screen.style("dim", `   topology ${topology} · scenario ${scenario} · seed ${seed}`),
    );
    screen.line();
    for (const news of newsOf(stage, (id) => this.label(id))) this.told.set(news.key, news.value);
    if (stage.nodes.length === 0) {
      screen.line(
        `  ${timeOfDay(new Date())}          A deploy has ended: no image, no secrets, no node. Real Lambda handlers and AWS SDK clients take it from here.`,
      );
      return;
    }
    const nodes = stage.nodes.map(({ instanceId }) => `${this.label(instanceId)} (${instanceId})`).join(" and ");
    const serves =
      topology === "ha" ? "serve package traffic through the load balancer" : "serves package traffic at its fixed address, with all data on one volume";
    screen.line(`  ${timeOfDay(new Date())}          ${nodes} ${serves}; real Lambda handlers and AWS SDK clients watch.`);
  }

  act(title: string, words: string): void {
    this.screen.line();
    this.screen.line(`${this.screen.style(["bold", "cyan"], `── ${title}`)}${this.screen.style("dim", `: ${words}`)}`);
    this.screen.line();
  }

  look(stage: Stage): void {
    for (const news of newsOf(stage, (id) => this.label(id))) {
      const before = this.told.get(news.key);
      if (before === news.value) continue;
      this.told.set(news.key, news.value);
      if (!isBeginning(before, news)) this.tell(stage, news);
    }
    this.screen.progress(this.status(stage));
  }

  end(stage: Stage, result: SimulationResult): void {
    this.screen.done();
    for (const line of summaryOf(stage, result, this.screen)) this.screen.line(line);
  }

  private tell({ faultAt }: Stage, { voice, tone, text }: News): void {
    const now = new Date();
    const since = faultAt ? `+${elapsed(faultAt, now)}` : "";
    const { screen } = this;
    const [first = "", ...rest] = wrap(text, screen.width - MARGIN);
    const emphasis = voice === "steward" ? "bold" : "none";
    screen.line(
      `  ${timeOfDay(now)} ${screen.style("dim", since.padStart(8))} ${screen.style(COLOUR[tone], SIGN[tone])} ${screen.style("dim", voice.padEnd(8))} ${screen.style(emphasis, first)}`,
    );
    for (const line of rest) screen.line(`${" ".repeat(MARGIN)}${screen.style(emphasis, line)}`);
    giveTimeToRead(this.screen);
  }

  private status({ serving, nodes, traffic, faultAt }: Stage): string {
    const dots = nodes.map(({ instanceId }) => (serving.includes(instanceId) ? "●" : "○")).join("");
    return `  ${timeOfDay(new Date())} ${(faultAt ? `+${elapsed(faultAt, new Date())}` : "").padStart(8)} ${dots} ${serving.length} serving · ${count(traffic.served)} packages served, ${count(traffic.failed)} failed`;
  }

  private label(instanceId: string): string {
    const known = this.labels.get(instanceId) ?? `node ${String.fromCharCode(97 + this.labels.size)}`;
    this.labels.set(instanceId, known);
    return known;
  }
}
