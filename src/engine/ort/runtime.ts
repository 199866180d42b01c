import type { InferenceSession, TensorConstructor } from "onnxruntime-web";

/** What a session is made of. */
export interface SessionParts {
  /** The bytes of an ONNX graph. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** The weights that it finds beside it, in the file {@linkcode WEIGHTS_LOCATION}. Nobody keeps them. */
  readonly weights: Uint8Array<ArrayBuffer>;
  /** Threads of one operator. */
  readonly threads: number;
}

/** Port: one of onnxruntime's builds. They share an API, and run the same graphs. */
export interface OrtRuntime {
  /** Names the build and whatever its numbers depend on, for fingerprints. */
  readonly version: string;
  readonly Tensor: TensorConstructor;
  /** @throws if so many bytes of weights are more than it can hold */
  checkWeights(bytes: number): void;
  createSession(parts: SessionParts): Promise<InferenceSession>;
}

/** The file name under which a graph finds its weights. */
export const WEIGHTS_LOCATION = "weights";
