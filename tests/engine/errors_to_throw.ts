import {
  CheckpointError,
  ForeignFileError,
  InvalidCheckpointError,
  MissingTensorError,
  TruncatedFileError,
  UnsafePickleError,
  UnsupportedCheckpointError,
  UnsupportedTensorError,
} from "../../src/checkpoint/checkpoint_error.ts";
import { TokenNotAllowedError } from "../../src/constrain/errors.ts";
import { InvalidTokenError, NoTokensError } from "../../src/engine/engine.ts";
import {
  UnsupportedThreadsError,
  UnsupportedWeightsError,
} from "../../src/engine/engine_options.ts";
import { EngineStoppedError, SequenceError } from "../../src/engine/inference.ts";
import { NonFiniteStateError } from "../../src/engine/non_finite_state_error.ts";
import { ModelTooLargeError } from "../../src/engine/ort/model_too_large_error.ts";
import { NativeRuntimeError } from "../../src/engine/ort/native_runtime_error.ts";
import { WebRuntimeError } from "../../src/engine/ort/web_runtime_error.ts";
import { OutOfMemoryError } from "../../src/engine/simd/out_of_memory_error.ts";
import { StateGoneError } from "../../src/engine/simd/state_gone_error.ts";
import {
  ThreadFailedError,
  ThreadsUnavailableError,
} from "../../src/engine/simd/threads/thread_error.ts";
import { UnsupportedShapeError } from "../../src/engine/simd/unsupported_shape_error.ts";
import { LoweringError } from "../../src/engine/simd/value.ts";
import { UnsupportedModelError } from "../../src/rwkv/unsupported_model_error.ts";
import { NonFiniteLogitsError } from "../../src/sampling/non_finite_logits_error.ts";
import { StateLayoutError } from "../../src/state/errors.ts";
import { VocabularyError } from "../../src/tokenizer/vocabulary_error.ts";

/** An instance of each class whose errors leave the engine's thread. */
export const ERRORS: readonly (() => Error)[] = [
  () => new CheckpointError("a.pth", "it is empty", { cause: new TypeError("no bytes") }),
  () => new EngineStoppedError(new OutOfMemoryError(2 ** 33)),
  () => new ForeignFileError("a.bin", "zip", "a zip file", "unpack it"),
  () => new InvalidCheckpointError("a.pth", "it has two heads"),
  () => new InvalidTokenError(70_000, 65_536),
  () => new LoweringError("A kernel needs a matrix"),
  () => new MissingTensorError("a.pth", "emb.weight"),
  () => new ModelTooLargeError(2 ** 32),
  () => new NativeRuntimeError("npm:a", new Error("no library")),
  () => new NonFiniteLogitsError(Float32Array.of(0, NaN)),
  () => new NonFiniteStateError(7),
  () => new NoTokensError(),
  () => new OutOfMemoryError(2 ** 33),
  () => new SequenceError("The sequence is closed"),
  () => new StateGoneError(),
  () => new StateLayoutError("rwkv-7/L2", "rwkv-6/L2"),
  () => new ThreadFailedError("A thread does not answer"),
  () => new ThreadsUnavailableError("There is no Worker"),
  () => new TokenNotAllowedError(3),
  () => new TruncatedFileError("a.pth", 10, 20, 15),
  () => new UnsafePickleError("a.pth", "os.system"),
  () => new UnsupportedCheckpointError("a.pth", "it is older"),
  () => new UnsupportedModelError("There is no embedding"),
  () => new UnsupportedShapeError("head_size", 7, 4),
  () => new UnsupportedTensorError("a.pth", "emb.weight", "is complex"),
  () => new UnsupportedThreadsError(9),
  () => new UnsupportedWeightsError("int4"),
  () => new VocabularyError("token 5 appears twice", { line: 6 }),
  () => new WebRuntimeError("npm:b", "offline"),
];
