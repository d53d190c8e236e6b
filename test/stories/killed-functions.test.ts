import type { SimulatedAccount } from "@steward/simulator/simulated-account";
import { expect, test } from "vitest";
import { expectWell, messagesOf, nodeHangs } from "./killed-world.ts";

const SEED = 1;

/** One invocation of a plain function on the way from the fault to the end, and the calls of it that change something. */
interface Invocation {
  functionName: string;
  /** Of this function, counted from the fault on. */
  nth: number;
  startedAt: number;
  changes: { operation: string; ms: number }[];
}

const READS = /^(Describe|Get|List|Query)/;

/** What happens when nobody is killed: the invocations that change something. */
async function undisturbed(): Promise<Invocation[]> {
  const invocations: Invocation[] = [];
  const stage = await nodeHangs(SEED, ({ lambda }) => {
    lambda.faults.killInvocation = ({ functionName }) => {
      const nth = invocations.filter((earlier) => earlier.functionName === functionName).length;
      invocations.push({ functionName, nth, startedAt: Date.now(), changes: [] });
      return undefined;
    };
  });
  expectWell(stage);
  for (const { functionName, at, operation } of stage.world.account.record) {
    const made = invocations.findLast((each) => each.functionName === functionName && each.startedAt <= at.getTime());
    if (made && !READS.test(operation)) made.changes.push({ operation, ms: at.getTime() - made.startedAt });
  }
  return invocations.filter(({ functionName, changes }) => changes.length > 0 && /observe|alert/.test(functionName));
}

interface Moment {
  words: string;
  functionName: string;
  nth: number;
  ms: number;
  /** It told people and had no time to note that it did. */
  forgets: boolean;
}

/** At its very start, and whenever a change has left and its answer is not there yet: the change happens, nobody knows. */
function momentsOf({ functionName, nth, changes }: Invocation): Moment[] {
  const sent = changes.map(({ operation, ms }) => ({ what: `with its ${operation} under way`, ms: ms + 1, forgets: operation === "Publish" }));
  return [{ what: "at its start", ms: 0, forgets: false }, ...sent].map(({ what, ...rest }) => ({
    words: `invocation ${nth} of ${functionName} ${what}`,
    functionName,
    nth,
    ...rest,
  }));
}

/** Kills that invocation only, once; its retries live. */
function killAt({ lambda }: SimulatedAccount, { functionName, nth, ms }: Moment): () => boolean {
  let [seen, killed] = [0, false];
  lambda.faults.killInvocation = (invocation) => {
    if (invocation.functionName !== functionName || seen++ !== nth) return undefined;
    killed = true;
    return ms;
  };
  return () => killed;
}

const invocations = await undisturbed();
const moments = invocations.flatMap(momentsOf);

test("the one that opens, the ones that admit and retire, and both that tell people are among those killed", () => {
  const made = invocations.map(({ functionName, changes }) => `${functionName.split("-").at(-1)}: ${changes.at(-1)?.operation}`);
  expect(made.filter((one) => !/PutMetricData|SendCommand/.test(one))).toEqual([
    "observe: PutItem",
    "alert: TransactWriteItems",
    "observe: PutItem",
    "observe: PutItem",
    "alert: TransactWriteItems",
  ]);
});

test.each(moments.filter(({ forgets }) => !forgets))("$words: killed, all ends well, and people hear of it once", async (moment) => {
  let happened = () => false;
  const stage = await nodeHangs(SEED, (world) => {
    happened = killAt(world, moment);
  });
  expect(happened()).toBe(true);
  expectWell(stage);
});

test.each(moments.filter(({ forgets }) => forgets))("$words: killed, it says the same again, because a message twice is better than none", async (moment) => {
  const stage = await nodeHangs(SEED, (world) => void killAt(world, moment));
  const said = moment.nth === 0 ? "Steward is on it" : "Recovered";
  expect(messagesOf(stage).filter((message) => message === said)).toEqual([said, said]);
  expect(new Set(messagesOf(stage))).toEqual(new Set(["Steward is on it", "Recovered"]));
});
