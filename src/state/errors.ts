import { Failure } from "../failure/failure.ts";
import { differInPersona } from "./persona_fingerprint.ts";

const OTHER_MODEL =
  "The response to continue was made with another model, so the model served now cannot continue it.";

const OTHER_PERSONA =
  "The response to continue was made with another persona of the model, or another version of its file.";

/** What is common to every failure to write a state as bytes or to read it back. */
export class StateError extends Failure {
  override readonly name: string = "StateError";
  override readonly category = "invalid";
  override readonly code: string = "state_unusable";
  override readonly param = "previous_response_id";

  override get clientMessage(): string {
    return `The stored state of the response to continue cannot be used. ${this.message}.`;
  }
}

/** The bytes are something else than an encoded state. */
export class NotAStateError extends StateError {
  override readonly name = "NotAStateError";

  constructor(reason: string) {
    super(`The bytes are not an encoded state: ${reason}`);
  }
}

/** The bytes are the beginning of an encoded state, and end too early. */
export class TruncatedStateError extends StateError {
  override readonly name = "TruncatedStateError";
  /** Bytes that the state needs, as far as what is there can tell. */
  readonly expected: number;
  /** Bytes that are there. */
  readonly actual: number;

  constructor(expected: number, actual: number) {
    super(`The encoded state is cut off: ${actual} bytes of at least ${expected}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The state was written in a later version of the format. */
export class StateVersionError extends StateError {
  override readonly name = "StateVersionError";
  /** The version of the format that the bytes name. */
  readonly found: number;
  /** The latest version of the format that can be read here. */
  readonly supported: number;

  constructor(found: number, supported: number) {
    super(
      `The state is in version ${found} of the format, and this program reads up to version ${supported}`,
    );
    this.found = found;
    this.supported = supported;
  }
}

/** The bytes are not the ones that were written. */
export class StateChecksumError extends StateError {
  override readonly name = "StateChecksumError";

  constructor() {
    super("The encoded state is damaged: its checksum does not match");
  }
}

/** The state belongs to another model. */
export class StateMismatchError extends StateError {
  override readonly name = "StateMismatchError";
  override readonly code = "state_mismatch";
  /** The fingerprint of the model that the state was to be loaded into. */
  readonly expected: string;
  /** The fingerprint of the model that made the state. */
  readonly actual: string;

  constructor(expected: string, actual: string) {
    super(`The state belongs to the model ${actual}, not to ${expected}`);
    this.expected = expected;
    this.actual = actual;
  }

  override get clientMessage(): string {
    return differInPersona(this.expected, this.actual) ? OTHER_PERSONA : OTHER_MODEL;
  }
}

/** The state has another layout than the model it is to be loaded into. */
export class StateLayoutError extends StateError {
  override readonly name = "StateLayoutError";
  override readonly code = "state_mismatch";
  /** The id of the layout that was asked for. */
  readonly expected: string;
  /** The id of the layout that the state has. */
  readonly actual: string;

  constructor(expected: string, actual: string) {
    super(`The state has the layout ${actual}, not ${expected}`);
    this.expected = expected;
    this.actual = actual;
  }

  override get clientMessage(): string {
    return OTHER_MODEL;
  }
}

/** The state was written in a precision that this program does not know. */
export class UnknownPrecisionError extends StateError {
  override readonly name = "UnknownPrecisionError";
  readonly precision: string;

  constructor(precision: string, known: readonly string[]) {
    super(`The state has the precision ${JSON.stringify(precision)}, not ${known.join(" or ")}`);
    this.precision = precision;
  }
}

/** The state holds a number that the precision asked for cannot. */
export class StatePrecisionError extends StateError {
  override readonly name = "StatePrecisionError";
  /** Where the number stands in the state. */
  readonly index: number;
  readonly value: number;

  constructor(index: number, value: number) {
    super(`The number at ${index} of the state, ${value}, is too large for f16: save it in f32`);
    this.index = index;
    this.value = value;
  }
}
