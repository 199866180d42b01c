/** The logits hold NaN or +Infinity, or allow no token at all: the model or a mask is broken. */
export class NonFiniteLogitsError extends Error {
  override readonly name = "NonFiniteLogitsError";
  /** The first token with such a logit. Undefined when every logit is -Infinity. */
  readonly token: number | undefined;

  constructor(logits: Float32Array) {
    const token = logits.findIndex((logit) => !(logit < Infinity));
    super(
      token === -1
        ? "No token can be chosen: every logit is -Infinity"
        : `The logit of token ${token} is ${logits[token]}`,
    );
    this.token = token === -1 ? undefined : token;
  }
}
