import { after } from "../apply/duration.ts";
import type { StepContext } from "../runbooks/steps.ts";
import type { Quiescing, SnapshotWorld } from "./ports.ts";
import type { Consistency, SnapshotOrder } from "./slot-record.ts";

/** One attempt at a slot: the world, what is to be made, and who makes it. */
export interface Taking {
  world: SnapshotWorld & { stage: string };
  step: SnapshotOrder;
  context: StepContext;
}

/** Whether the volume stands still: by its server's word, by nobody's, or because nobody has it. */
export type Stillness = { kind: "frozen" } | { kind: "moving"; because: string } | { kind: "alone" };
type Thawed = Awaited<ReturnType<Quiescing["thaw"]>>;

/** A freeze that begins later than this would outlast what it is for. */
const BEGUN_WITHIN = { seconds: 20 };
const THAWED_WITHIN = { minutes: 1 };

/** Brings the server's volume to a stop; never throws. Whatever it answers, the server is to be let go afterwards. */
export async function freeze({ world, step, context }: Taking, attempt: number): Promise<Stillness> {
  if (step.instanceId === null) return { kind: "alone" };
  const begun = after(world.now(), BEGUN_WITHIN);
  const command = { ...context, key: keyOf(context, attempt), notAfter: begun < context.notAfter ? begun : context.notAfter };
  const answer = await world.nodes.quiesce(step.instanceId, command).catch((error) => ({ frozen: false as const, because: inWords(error) }));
  return answer.frozen ? { kind: "frozen" } : { kind: "moving", because: answer.because };
}

/** Lets the server go on; never throws, because the server's own timer thaws it where nobody else can. */
export async function letGo({ world, step, context }: Taking, attempt: number, frozen: Stillness = { kind: "alone" }): Promise<Thawed> {
  if (step.instanceId === null) return { held: false, because: "nobody has the volume" };
  const command = { ...context, key: `${context.key}/thaw-${attempt}`, notAfter: after(world.now(), THAWED_WITHIN) };
  const freeze = frozen.kind === "frozen" ? { freeze: keyOf(context, attempt) } : {};
  return await world.nodes.thaw(step.instanceId, { ...command, ...freeze }).catch((error) => ({ held: false as const, because: inWords(error) }));
}

/** Only a set for which the volume stood still from before EC2 was asked until after it had answered has the database at rest. */
export function consistencyOf(frozen: Stillness, thawed: Thawed): { consistency: Consistency; because: string | null } {
  if (frozen.kind === "moving") return { consistency: "crash", because: frozen.because };
  return thawed.held ? { consistency: "application", because: null } : { consistency: "crash", because: thawed.because };
}

/** A node does a command at most once by its key, so each attempt has its own. */
const keyOf = ({ key }: StepContext, attempt: number): string => `${key}/freeze-${attempt}`;

const inWords = (error: unknown): string => String((error as Error).message);
