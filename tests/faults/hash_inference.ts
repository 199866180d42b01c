import {
  generate,
  type Generated,
  type GenerateOptions,
  type Piece,
} from "../../src/engine/generate.ts";
import type { Inference, Sequence } from "../../src/engine/inference.ts";
import type { FolderConfig } from "../../src/checkpoint/folder_config.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { stateLayout } from "../../src/state/layout.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";

const DIMENSIONS = { version: "7", n_layer: 1, n_embd: 4, head_size: 4 } as const;
const VOCABULARY = 256;

/** The folder of a {@linkcode HashInference}'s model. */
export const HASH_FOLDER: FolderConfig = {
  architecture: "rwkv",
  ...DIMENSIONS,
  vocab_size: VOCABULARY,
  tokenizer: "byte",
  eos_token_id: 0,
  chat_template: "rwkv_world",
  stop: ["\n\n"],
  dtype: "float32",
  name: "hash",
};

/**
 * A model whose state is a hash of all that it has read, so that an answer is another as soon as anything was read that
 * should not have been, or twice, or not at all. It costs nothing to run.
 */
export class HashInference implements Inference {
  readonly config;
  readonly layout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;

  /**
   * @param fingerprint names the model
   * @param n_layer how many layers its states have
   */
  constructor(fingerprint = "hash", n_layer: number = DIMENSIONS.n_layer) {
    this.modelFingerprint = fingerprint;
    this.fingerprint = fingerprint;
    this.config = { ...DIMENSIONS, n_layer, vocab_size: VOCABULARY, sizes: {} };
    this.layout = stateLayout(this.config);
  }

  open(state: RecurrentState = RecurrentState.empty(this.layout)): Sequence {
    const { layout } = this;
    // The bytes of the hash, and the last token: numbers that f16 holds exactly.
    const [a = 0, b = 0, c = 0, d = 0, before = 0] = state.data;
    let [low, high, last] = [a | b << 8, c | d << 8, before];
    let marked = [low, high, last] as const;
    const read = (tokens: readonly number[], signal: AbortSignal) => {
      signal.throwIfAborted();
      for (const token of tokens) {
        const mixed = Math.imul((high << 16 | low) ^ (token + 1), 0x9e3779b1);
        const word = mixed ^ (mixed >>> 15);
        [low, high, last] = [word & 0xffff, word >>> 16, token];
      }
      return Promise.resolve(logitsOf(high << 16 | low, last));
    };
    const rewindable = {
      mayReadAhead: false,
      read,
      mark: () => void (marked = [low, high, last]),
      rewind: () => void ([low, high, last] = marked),
      state() {
        const data = new Float32Array(layout.length);
        data.set([low & 0xff, low >>> 8, high & 0xff, high >>> 8, last]);
        return Promise.resolve(new RecurrentState(layout, data));
      },
    };
    return {
      read,
      generate: (options: GenerateOptions): AsyncGenerator<Piece, Generated> =>
        generate(rewindable, new ByteTokenizer(), options),
      state: rewindable.state,
      close() {},
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const END = 0;
const SPACE = 32;
const COLON = 58;

/** Any small letter, and sometimes the end. After a speaker's label a space, as models are taught. */
function logitsOf(word: number, last: number): Float32Array<ArrayBuffer> {
  const logits = new Float32Array(VOCABULARY).fill(-Infinity);
  if (last === COLON) {
    logits[SPACE] = 0;
    return logits;
  }
  for (let token = 97; token < 123; token++) {
    logits[token] = Math.imul(word ^ token, 0x85ebca6b) >>> 28;
  }
  if (last !== SPACE) logits[END] = 12;
  return logits;
}
