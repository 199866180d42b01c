import { Failure } from "../failure/failure.ts";
import { STORE_LIMITS } from "./limits.ts";

/** What is common to every failure of a store. */
export class StoreError extends Failure {
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
  override readonly name: string = "StoreUnavailableError";
  override readonly category = "unavailable";
  override readonly code = "store_unavailable";
  override readonly retryAfterMs: number = 1000;
  /** Milliseconds that it was waited for. */
  readonly waited: number;

  constructor(
    waited: number,
    options: ErrorOptions,
    message = `The store did not answer within ${waited} ms`,
  ) {
    super(message, options);
    this.waited = waited;
  }

  override get clientMessage(): string {
    return "The store of conversations does not answer. Try again later.";
  }
}

/** Why a database that answers does not do what it is asked. */
export type Refusal = "full" | "read-only" | "damaged" | "failing" | "removed";

/**
 * The database answered that it cannot do this now. It was not done. Where others wait for a database that does not
 * answer, they wait for this one: it may have room, or be mended, a moment later.
 */
export class StoreRefusedError extends StoreUnavailableError {
  override readonly name = "StoreRefusedError";
  // Somebody has to make room, or mend something.
  override readonly retryAfterMs = 10_000;
  readonly refusal: Refusal;
  /** What the operator knows the database by: a path or an address. */
  readonly database: string;

  constructor(refusal: Refusal, database: string, options: ErrorOptions) {
    super(0, options, `${database}: ${REFUSALS[refusal]}`);
    this.refusal = refusal;
    this.database = database;
  }

  override get clientMessage(): string {
    return `${TOLD[this.refusal]} Try again later.`;
  }
}

const REFUSALS = {
  full: "the disk or the memory of the database is full",
  "read-only": "the database cannot be written to",
  damaged: "the database file is damaged",
  failing: "the database failed to read or write its files",
  removed: "the database file was removed or replaced while the server ran",
} as const satisfies Record<Refusal, string>;

/** What clients are told of a store that refuses. Which file it is, is in the log. */
const TOLD = {
  full: "The store of conversations is full, so that nothing can be stored or changed.",
  "read-only": "The store of conversations is read-only, so that nothing can be stored or changed.",
  damaged:
    "The database file of the store of conversations is damaged where this request needs it.",
  failing: "The store of conversations failed to read or write its files.",
  removed: "The database file of the store of conversations was removed or replaced.",
} as const satisfies Record<Refusal, string>;

/** A key, a value or a commit is too large. */
export class StoreLimitError extends StoreError {
  override readonly name = "StoreLimitError";
  readonly limit: keyof typeof STORE_LIMITS;
  readonly maximum: number;
  readonly actual: number;

  constructor(
    limit: keyof typeof STORE_LIMITS,
    actual: number,
    maximum: number = STORE_LIMITS[limit],
  ) {
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
