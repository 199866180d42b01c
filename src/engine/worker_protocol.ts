import type { CrossingError } from "./crossing_error.ts";
import type { ModelConfig } from "../rwkv/model_config.ts";
import type { TokenizerKind } from "../tokenizer/load_tokenizer.ts";
import type { Generated, GenerateOptions, Piece } from "./generate.ts";
import type { EngineOptions } from "./engine_options.ts";

/** Numbers by which both sides name the same thing. */
interface Call {
  readonly sequence: number;
  readonly call: number;
}

/** What the engine's thread is told. Messages are handled in the order they are sent. */
export type Command =
  | ({ readonly type: "load" } & ModelSource)
  | ({ readonly type: "tokenizer" } & TokenizerSource)
  | { readonly type: "open"; readonly sequence: number; readonly data: Floats | undefined }
  | ({
    readonly type: "read";
    readonly tokens: readonly number[];
    /** Whether to tell how many of them have been read. */
    readonly tellRead: boolean;
  } & Call)
  | ({ readonly type: "generate"; readonly options: SentOptions } & Call)
  | ({ readonly type: "state" } & Call)
  /** Pieces of text were taken. */
  | { readonly type: "taken"; readonly call: number; readonly pieces: number }
  | { readonly type: "abort"; readonly call: number }
  | { readonly type: "end"; readonly sequence: number }
  | { readonly type: "close" };

type Floats = Float32Array<ArrayBuffer>;

/** What of the options of a generation can cross. */
export type SentOptions = Omit<GenerateOptions, "signal" | "onPrompt" | "onRead"> & {
  /** Whether to send what the prompt has left behind. */
  readonly keepPrompt: boolean;
  /** Whether to tell how much of the prompt has been read. */
  readonly tellRead: boolean;
};

/** What a thread loads, and into which engine. */
export interface ModelSource extends EngineOptions {
  /** The checkpoint file, or the index of one in shards. */
  readonly path: string;
}

/** What a thread makes its tokenizer from. */
export interface TokenizerSource {
  readonly tokenizer: TokenizerKind;
  /** What the tokenizer reads. */
  readonly vocabulary: Uint8Array | undefined;
  /** Whether tokens of answers are guessed. @default {false} */
  readonly speculation?: boolean;
}

/** Pieces of text that a generation may be ahead of who takes them. */
export const PIECES_AHEAD = 64;

/** Pieces that follow each other faster than this cross together: waking a thread costs as much as a small step's tenth. */
export const TOGETHER_MS = 10;

/** How often it is told how much of a prompt has been read, at the most. */
export const TELL_READ_MS = 100;

/** How often it is told how much of a model has been loaded, at the most. */
export const TELL_LOADING_MS = 100;

/** What could not be had of what was asked for. */
export interface Compromises {
  /** Why `auto` took onnxruntime-web, if it did. */
  readonly fallback: string | undefined;
  /** Why one thread computes alone where more were asked for, if it does. */
  readonly alone: string | undefined;
}

/** What a loaded engine says of itself; the layout follows from the config. */
export interface LoadedModel extends Compromises {
  readonly config: ModelConfig;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly initialState: Floats | undefined;
}

/** What the engine's thread answers. */
export type Reply =
  /** How many bytes of the model have been read. */
  | { readonly type: "loading"; readonly done: number; readonly total: number }
  | { readonly type: "loaded"; readonly model: LoadedModel }
  | { readonly type: "failed"; readonly error: CrossingError }
  | { readonly type: "value"; readonly call: number; readonly value: Floats }
  | {
    readonly type: "prompt";
    readonly call: number;
    readonly state: Floats;
    readonly logits: Floats;
  }
  /** How many tokens of a prompt have been read. */
  | { readonly type: "read"; readonly call: number; readonly tokens: number }
  | { readonly type: "text"; readonly call: number; readonly pieces: readonly Piece[] }
  | { readonly type: "generated"; readonly call: number; readonly generated: Generated }
  | { readonly type: "error"; readonly call: number; readonly error: CrossingError }
  | { readonly type: "closed" };
