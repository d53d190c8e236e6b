/** What came in is not what we were promised: no retry helps, it belongs in the dead letter queue. */
export class InvalidEvent extends Error {
  override readonly name = "InvalidEvent";
}

/** The world was busy, slow or changed under us: the same call may work in a moment. */
export class Retryable extends Error {
  override readonly name = "Retryable";
}

/** No repetition helps: stop, and tell a human. */
export class Permanent extends Error {
  override readonly name = "Permanent";
}
