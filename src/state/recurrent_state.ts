import type { StateLayout } from "./layout.ts";

/**
 * RWKV-4's `pp` before the first token: an exponent so low that the empty past weighs nothing.
 * Source: `RWKV_in_150_lines.py`.
 */
const EMPTY_PP = -1e30;

/**
 * The whole memory of a conversation: one array of fixed size, in float32.
 *
 * A state is a value. Engines never write into one they were given; reading tokens makes a new one. Its numbers may lie
 * elsewhere (in an engine) until somebody asks for them.
 */
export class RecurrentState {
  readonly layout: StateLayout;
  #data: Float32Array<ArrayBuffer> | undefined;
  readonly #fetch: (() => Float32Array<ArrayBuffer>) | undefined;

  /**
   * @param data the numbers, or what gets them when they are first asked for
   * @throws {RangeError} if `data` does not have the layout's length.
   */
  constructor(
    layout: StateLayout,
    data: Float32Array<ArrayBuffer> | (() => Float32Array<ArrayBuffer>),
  ) {
    this.layout = layout;
    if (typeof data === "function") this.#fetch = data;
    else this.#data = checkLength(layout, data);
  }

  /** All numbers of the state, in the order of {@linkcode StateLayout}. */
  get data(): Float32Array<ArrayBuffer> {
    return this.#data ??= checkLength(this.layout, this.#fetch!());
  }

  /** The state before any token was read. */
  static empty(layout: StateLayout): RecurrentState {
    const state = new RecurrentState(layout, new Float32Array(layout.length));
    if (layout.version === "4") {
      for (let layer = 0; layer < layout.n_layer; layer++) {
        state.wkv(layer).fill(EMPTY_PP, 2 * layout.n_embd);
      }
    }
    return state;
  }

  /** The token-shift rows of one layer, `[2, D]`: time mix, channel mix. A view, not a copy. */
  shift(layer: number): Float32Array<ArrayBuffer> {
    const size = 2 * this.layout.n_embd;
    return this.data.subarray(layer * size, (layer + 1) * size);
  }

  /** The WKV part of one layer, `[3, D]` or `[H, N, N]`. A view, not a copy. */
  wkv(layer: number): Float32Array<ArrayBuffer> {
    const { wkv, length, n_layer } = this.layout;
    const size = (length - wkv.offset) / n_layer;
    return this.data.subarray(wkv.offset + layer * size, wkv.offset + (layer + 1) * size);
  }
}

function checkLength(
  { id, length }: StateLayout,
  data: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (data.length === length) return data;
  throw new RangeError(`A state of layout ${id} holds ${length} numbers, not ${data.length}`);
}
