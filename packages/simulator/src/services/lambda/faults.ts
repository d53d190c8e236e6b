/** What can be done to running functions; all absent by default. */
export interface LambdaFaults {
  /**
   * Asked at every checkpoint that is about to be stored: kills the whole execution environment before or after it is.
   * `index` counts the checkpoint calls of the execution from 0. The caller never gets its answer.
   */
  killAround?: (checkpoint: { execution: string; index: number }) => "before" | "after" | undefined;
  /** Milliseconds after the start of an invocation at which its environment is killed. */
  killInvocation?: (invocation: { functionName: string; requestId: string }) => number | undefined;
  /** Whether this asynchronous event is delivered twice: the queue is eventually consistent (dg/invocation-async-error-handling.html). */
  deliverTwice?: (event: { functionName: string; payload: unknown }) => boolean;
}
