/** A state that was consumed is asked for: a mistake of ours. */
export class StateGoneError extends Error {
  override readonly name = "StateGoneError";
  constructor() {
    super("The state was given to an engine, which has changed it");
  }
}
