import { STORE_LIMITS } from "./limits.ts";

/** What is common to every failure of a store. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** The store was closed. */
export class StoreClosedError extends StoreError {
  override readonly name = "StoreClosedError";

  constructor(options?: ErrorOptions) {
    super("The store is closed", options);
  }
}

/**
 * The database did not answer for too long. The cause is what it said last, if anything.
 *
 * Whether a commit that ends so was made is not known.
 */
export class StoreUnavailableError extends StoreError {
  override readonly name = "StoreUnavailableError";
  /** Milliseconds that it was waited for. */
  readonly waited: number;

  constructor(waited: number, options: ErrorOptions) {
    super(`The store did not answer within ${waited} ms`, options);
    this.waited = waited;
  }
}

/** A key, a value or a commit is too large. */
export class StoreLimitError extends StoreError {
  override readonly name = "StoreLimitError";
  readonly limit: keyof typeof STORE_LIMITS;
  readonly maximum: number;
  readonly actual: number;

  constructor(limit: keyof typeof STORE_LIMITS, actual: number) {
    const maximum = STORE_LIMITS[limit];
    super(`The store takes ${maximum} ${limit} at the most, not ${actual}`);
    this.limit = limit;
    this.maximum = maximum;
    this.actual = actual;
  }
}

/** A key that no value can have. */
export class StoreKeyError extends StoreError {
  override readonly name = "StoreKeyError";
  readonly key: readonly string[];

  constructor(key: readonly string[], reason: string) {
    super(`The key ${JSON.stringify(key)} cannot be used: ${reason}`);
    this.key = key;
  }
}

/** A value in the database that was not written by this program. */
export class ForeignValueError extends StoreError {
  override readonly name = "ForeignValueError";

  constructor(key: string) {
    super(`The value of ${key} was not written by this program`);
  }
}
