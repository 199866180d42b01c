import {
  CheckpointError,
  ForeignFileError,
  InvalidCheckpointError,
  MissingTensorError,
  TruncatedFileError,
  UnsafePickleError,
  UnsupportedCheckpointError,
  UnsupportedTensorError,
} from "../checkpoint/checkpoint_error.ts";
import { TokenNotAllowedError } from "../constrain/errors.ts";
import { UnsupportedModelError } from "../rwkv/unsupported_model_error.ts";
import { NonFiniteLogitsError } from "../sampling/non_finite_logits_error.ts";
import { StateLayoutError } from "../state/errors.ts";
import { VocabularyError } from "../tokenizer/vocabulary_error.ts";
import { InvalidTokenError, NoTokensError } from "./engine.ts";
import { UnsupportedThreadsError, UnsupportedWeightsError } from "./engine_options.ts";
import { EngineStoppedError, SequenceError } from "./inference.ts";
import { NonFiniteStateError } from "./non_finite_state_error.ts";
import { ModelTooLargeError } from "./ort/model_too_large_error.ts";
import { NativeRuntimeError } from "./ort/native_runtime_error.ts";
import { WebRuntimeError } from "./ort/web_runtime_error.ts";
import { OutOfMemoryError } from "./simd/out_of_memory_error.ts";
import { StateGoneError } from "./simd/state_gone_error.ts";
import { ThreadFailedError, ThreadsUnavailableError } from "./simd/threads/thread_error.ts";
import { UnsupportedShapeError } from "./simd/unsupported_shape_error.ts";
import { LoweringError } from "./simd/value.ts";

/** The classes of errors that leave the engine's thread. Each has a `name` of its own. */
export const CROSSING_ERRORS = [
  CheckpointError,
  EngineStoppedError,
  ForeignFileError,
  InvalidCheckpointError,
  InvalidTokenError,
  LoweringError,
  MissingTensorError,
  ModelTooLargeError,
  NativeRuntimeError,
  NonFiniteLogitsError,
  NonFiniteStateError,
  NoTokensError,
  OutOfMemoryError,
  SequenceError,
  StateGoneError,
  StateLayoutError,
  ThreadFailedError,
  ThreadsUnavailableError,
  TokenNotAllowedError,
  TruncatedFileError,
  UnsafePickleError,
  UnsupportedCheckpointError,
  UnsupportedModelError,
  UnsupportedShapeError,
  UnsupportedTensorError,
  UnsupportedThreadsError,
  UnsupportedWeightsError,
  VocabularyError,
  WebRuntimeError,
] as const;

const PROTOTYPES: ReadonlyMap<string, object> = new Map(
  CROSSING_ERRORS.map(({ name, prototype }) => [name, prototype]),
);

/** An error on its way between threads. */
export interface CrossingError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: CrossingError | undefined;
  /** The fields that its class adds: plain data. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An error of a class that does not cross: it keeps its name. */
export class EngineError extends Error {
  override readonly name: string;

  constructor(name: string, message: string, options: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** Turns an error into a message for another thread. */
export function packError(error: unknown): CrossingError {
  if (!(error instanceof Error)) {
    return {
      name: "Error",
      message: String(error),
      stack: undefined,
      cause: undefined,
      fields: {},
    };
  }
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    cause: cause === undefined ? undefined : packError(cause),
    fields: PROTOTYPES.has(name) ? { ...error } : {},
  };
}

/** The error that a message was made from, as an instance of the same class. */
export function unpackError({ name, message, stack, cause, fields }: CrossingError): Error {
  const options = cause === undefined ? {} : { cause: unpackError(cause) };
  const prototype = PROTOTYPES.get(name);
  if (prototype === undefined) return new EngineError(name, message, options);
  // The constructor ran in the other thread, and takes other arguments than these.
  const error = Object.setPrototypeOf(new Error(message, options), prototype) as Error;
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, fields);
}
