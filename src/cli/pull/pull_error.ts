/** A download that cannot succeed by trying again. */
export class PullError extends Error {
  override readonly name = "PullError";
  constructor(
    /** What was to be downloaded. */
    readonly url: string,
    /** What is wrong, and what to do about it. */
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`${url}: ${why}`, options);
  }
}

/** A failure that may pass: a broken connection, or a busy server. */
export class TransientPullError extends Error {
  override readonly name = "TransientPullError";
  constructor(
    message: string,
    /** How long the server asks to wait, in milliseconds, if it does. */
    readonly waitMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
