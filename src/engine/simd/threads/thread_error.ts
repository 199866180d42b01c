/** The runtime has no threads over one memory, or they do not start: one thread computes alone then. */
export class ThreadsUnavailableError extends Error {
  override readonly name = "ThreadsUnavailableError";
}

/** A thread that computes with others failed, or does not answer. The model cannot be used any more. */
export class ThreadFailedError extends Error {
  override readonly name = "ThreadFailedError";
}
