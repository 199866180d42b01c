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

/** The file could not be written: the disk is full, or fails. What is there stays, to be continued. */
export class WriteError extends PullError {
  constructor(url: string, path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : `${cause}`;
    super(
      url,
      `${path} cannot be written (${why}): make room, or set TERN_MODELS to a folder on another ` +
        "disk, and run the same command again",
      { cause },
    );
  }
}
