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
  // Its first answers wait for this: a loop over 100,000 numbers is slow until V8 has compiled it, and these are native.
  if (![NaN, Infinity, -Infinity].some((number) => state.includes(number))) return;
  throw new NonFiniteStateError(state.findIndex((number) => !Number.isFinite(number)));
}
