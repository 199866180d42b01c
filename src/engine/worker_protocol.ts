import type { ModelConfig } from "../rwkv/model_config.ts";

/** What the engine's thread is told. Messages are handled in the order they are sent. */
export type Command =
  | { readonly type: "load"; readonly path: string; readonly threads: number }
  | {
    readonly type: "open";
    readonly sequence: number;
    readonly data: Float32Array<ArrayBuffer> | undefined;
  }
  | {
    readonly type: "read";
    readonly sequence: number;
    readonly call: number;
    readonly tokens: readonly number[];
  }
  | { readonly type: "state"; readonly sequence: number; readonly call: number }
  | { readonly type: "abort"; readonly call: number }
  | { readonly type: "mark" | "rewind" | "end"; readonly sequence: number }
  | { readonly type: "close" };

/** What a loaded engine says of itself; the layout follows from the config. */
export interface LoadedModel {
  readonly config: ModelConfig;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
}

/** What the engine's thread answers. */
export type Reply =
  | { readonly type: "loaded"; readonly model: LoadedModel }
  | { readonly type: "failed"; readonly error: ErrorMessage }
  | { readonly type: "value"; readonly call: number; readonly value: Float32Array<ArrayBuffer> }
  | { readonly type: "error"; readonly call: number; readonly error: ErrorMessage }
  | { readonly type: "closed" };

/** An error as it crosses threads. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
}

/** What to send of an error. */
export function toErrorMessage(error: unknown): ErrorMessage {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}

/** An error of the engine's thread, with the name that it had there. */
export class EngineError extends Error {
  constructor({ name, message }: ErrorMessage) {
    super(message);
    this.name = name;
  }
}
