import type * as sdk from "@aws-sdk/client-imagebuilder";
import { between } from "../../world/chance.ts";
import { parseSchedule, type Schedule } from "../events/schedule.ts";
import { startBuild } from "./build.ts";
import { dependenciesOf, find, type ImageBuilderState, notValid, type Pipeline } from "./state.ts";

/** Longest delay that a timer takes at once; longer waits are chained. */
const LONGEST_TIMER_MS = 1_000_000_000;

/** "A few seconds, or up to a minute for your build to start running" (user guide, "Use cron expressions in Image Builder"). */
const LATE_MS = [2_000, 60_000] as const;

/** When a pipeline looks whether it has to build; undefined where only people start it. */
export function scheduleOf({ schedule, status }: sdk.CreateImagePipelineRequest): Schedule | undefined {
  if (schedule?.scheduleExpression === undefined) return undefined;
  if (schedule.timezone !== undefined && !/^(Etc\/)?UTC$/.test(schedule.timezone))
    throw notValid("schedule", "The simulated account models schedules in UTC only.");
  const parsed = parseSchedule(schedule.scheduleExpression);
  return status === "DISABLED" ? undefined : parsed;
}

/** Starts the clock of a pipeline. */
export function arm(state: ImageBuilderState, pipeline: Pipeline): void {
  const due = nextRun(pipeline);
  if (due) wake(state, pipeline, due.getTime() + between(...LATE_MS));
}

export const nextRun = (pipeline: Pipeline): Date | undefined => scheduleOf(pipeline.given)?.(pipeline.created, new Date());

function wake(state: ImageBuilderState, pipeline: Pipeline, at: number): void {
  const wait = at - Date.now();
  if (wait > LONGEST_TIMER_MS) setTimeout(() => wake(state, pipeline, at), LONGEST_TIMER_MS);
  else setTimeout(() => fire(state, pipeline), wait);
}

function fire(state: ImageBuilderState, pipeline: Pipeline): void {
  if (hasToBuild(state, pipeline)) startBuild(state, pipeline, { buildType: "SCHEDULED" });
  arm(state, pipeline);
}

/** A pipeline that never built has everything new (assumed). Source: API reference, "Schedule". */
function hasToBuild(state: ImageBuilderState, { given, built }: Pipeline): boolean {
  if (given.schedule?.pipelineExecutionStartCondition === "EXPRESSION_MATCH_ONLY") return true;
  return built !== dependenciesOf(state, find(state.recipes, given.imageRecipeArn));
}
