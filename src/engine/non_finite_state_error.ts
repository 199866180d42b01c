/** A state holds NaN or an infinity: the model is broken, or a text has led it astray. Nothing can go on from it. */
export class NonFiniteStateError extends Error {
  override readonly name = "NonFiniteStateError";

  /** @param index where the first such number is */
  constructor(readonly index: number) {
    super(`The state has no finite number at ${index}`);
  }
}

/** @throws {NonFiniteStateError} unless all numbers of a state are finite */
export function checkFinite(state: Float32Array): void {
  // An index, not an iterator: states have hundreds of thousands of numbers.
  for (let i = 0; i < state.length; i++) {
    if (!Number.isFinite(state[i])) throw new NonFiniteStateError(i);
  }
}
