/** The model gives logits that are no numbers. */
export class NoNumberError extends Error {
  override readonly name = "NoNumberError";
  constructor(readonly token: number, readonly logit: number) {
    super(`The logit of token ${token} is ${logit}: the weights are damaged`);
  }
}

/** @throws {NoNumberError} naming the first logit that is not finite */
export function checkLogits(logits: Float32Array): void {
  const token = logits.findIndex((logit) => !Number.isFinite(logit));
  if (token >= 0) throw new NoNumberError(token, logits[token]!);
}
