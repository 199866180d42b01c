/** Decodes one block: from `view`, at a byte, into `out`, at an element. */
type Decode = (view: DataView, at: number, out: Float32Array, to: number) => void;

/** How ggml stores the elements of a row: in blocks of `elements`, which take `bytes` each. */
export interface BlockType {
  readonly name: string;
  readonly elements: number;
  readonly bytes: number;
  /** Absent where the elements are plain numbers, in a type that checkpoints have as well. */
  readonly decode?: Decode;
}

const { fround } = Math;

/*
 * The arithmetic is that of ggml-quants.c, operation by operation, each rounded to float32. `d` is a block's scale.
 */

const q8_0: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at, true);
  for (let i = 0; i < 32; i++) out[to + i] = d * view.getInt8(at + 2 + i);
};

const q4_0: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at, true);
  for (let j = 0; j < 16; j++) {
    const byte = view.getUint8(at + 2 + j);
    out[to + j] = d * ((byte & 15) - 8);
    out[to + j + 16] = d * ((byte >> 4) - 8);
  }
};

const q4_1: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at, true);
  const m = view.getFloat16(at + 2, true);
  for (let j = 0; j < 16; j++) {
    const byte = view.getUint8(at + 4 + j);
    out[to + j] = fround(d * (byte & 15)) + m;
    out[to + j + 16] = fround(d * (byte >> 4)) + m;
  }
};

const q5_0: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at, true);
  const high = view.getUint32(at + 2, true);
  for (let j = 0; j < 16; j++) {
    const byte = view.getUint8(at + 6 + j);
    out[to + j] = d * ((byte & 15 | (high >>> j & 1) << 4) - 16);
    out[to + j + 16] = d * ((byte >> 4 | (high >>> j + 16 & 1) << 4) - 16);
  }
};

const q5_1: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at, true);
  const m = view.getFloat16(at + 2, true);
  const high = view.getUint32(at + 4, true);
  for (let j = 0; j < 16; j++) {
    const byte = view.getUint8(at + 8 + j);
    out[to + j] = fround(d * (byte & 15 | (high >>> j & 1) << 4)) + m;
    out[to + j + 16] = fround(d * (byte >> 4 | (high >>> j + 16 & 1) << 4)) + m;
  }
};

/** The six-bit scale and minimum of group `g`, packed in the twelve bytes at `at`. */
function scaleAndMin(view: DataView, at: number, g: number): [scale: number, min: number] {
  const byte = (i: number) => view.getUint8(at + i);
  if (g < 4) return [byte(g) & 63, byte(g + 4) & 63];
  return [
    byte(g + 4) & 15 | byte(g - 4) >> 6 << 4,
    byte(g + 4) >> 4 | byte(g) >> 6 << 4,
  ];
}

/** Q4_K, and Q5_K with the fifth bits in 32 bytes at `high`. Eight groups of 32, nibbles at `low`. */
function groupsOf32(
  view: DataView,
  at: number,
  high: number | undefined,
  low: number,
  out: Float32Array,
  to: number,
): void {
  const d = view.getFloat16(at, true);
  const dmin = view.getFloat16(at + 2, true);
  for (let g = 0; g < 8; g++) {
    const [scale, min] = scaleAndMin(view, at + 4, g);
    const s = fround(d * scale);
    const m = fround(dmin * min);
    const nibbles = low + 32 * (g >> 1);
    const shift = 4 * (g & 1);
    for (let l = 0; l < 32; l++) {
      let q = view.getUint8(nibbles + l) >> shift & 15;
      if (high !== undefined) q |= (view.getUint8(high + l) >> g & 1) << 4;
      out[to + 32 * g + l] = fround(s * q) - m;
    }
  }
}

const q4_k: Decode = (view, at, out, to) => groupsOf32(view, at, undefined, at + 16, out, to);
const q5_k: Decode = (view, at, out, to) => groupsOf32(view, at, at + 16, at + 48, out, to);

const q6_k: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at + 208, true);
  for (let half = 0; half < 2; half++) {
    const low = at + 64 * half;
    const high = at + 128 + 32 * half;
    for (let part = 0; part < 4; part++) {
      // Parts 0 and 1 are the low nibbles of two runs of 32 bytes, parts 2 and 3 the high ones.
      const nibbles = low + 32 * (part & 1);
      const shift = 4 * (part >> 1);
      for (let l = 0; l < 32; l++) {
        const e = 128 * half + 32 * part + l;
        const scale = view.getInt8(at + 192 + (e >> 4));
        const q = view.getUint8(nibbles + l) >> shift & 15 |
          (view.getUint8(high + l) >> 2 * part & 3) << 4;
        out[to + e] = fround(d * scale) * (q - 32);
      }
    }
  }
};

const q2_k: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at + 80, true);
  const dmin = view.getFloat16(at + 82, true);
  for (let e = 0; e < 256; e++) {
    const scale = view.getUint8(at + (e >> 4));
    const q = view.getUint8(at + 16 + 32 * (e >> 7) + (e & 31)) >> 2 * (e >> 5 & 3) & 3;
    out[to + e] = fround(fround(d * (scale & 15)) * q) - fround(dmin * (scale >> 4));
  }
};

const q3_k: Decode = (view, at, out, to) => {
  const d = view.getFloat16(at + 108, true);
  const scaleOf = (k: number): number => {
    const low = view.getUint8(at + 96 + k % 8) >> (k < 8 ? 0 : 4) & 15;
    return (low | (view.getUint8(at + 104 + k % 4) >> 2 * (k >> 2) & 3) << 4) - 32;
  };
  for (let e = 0; e < 256; e++) {
    const low = view.getUint8(at + 32 + 32 * (e >> 7) + (e & 31)) >> 2 * (e >> 5 & 3) & 3;
    const high = view.getUint8(at + (e & 31)) >> (e >> 5) & 1;
    out[to + e] = fround(d * scaleOf(e >> 4)) * ((low | high << 2) - 4);
  }
};

/**
 * The types that GGUF files may hold, by ggml's number.
 *
 * Source: ggml/src/ggml-common.h and ggml-quants.c of llama.cpp, `dequantize_row_*`.
 */
export const BLOCK_TYPES: ReadonlyMap<number, BlockType> = new Map([
  [0, { name: "F32", elements: 1, bytes: 4 }],
  [1, { name: "F16", elements: 1, bytes: 2 }],
  [2, { name: "Q4_0", elements: 32, bytes: 18, decode: q4_0 }],
  [3, { name: "Q4_1", elements: 32, bytes: 20, decode: q4_1 }],
  [6, { name: "Q5_0", elements: 32, bytes: 22, decode: q5_0 }],
  [7, { name: "Q5_1", elements: 32, bytes: 24, decode: q5_1 }],
  [8, { name: "Q8_0", elements: 32, bytes: 34, decode: q8_0 }],
  [10, { name: "Q2_K", elements: 256, bytes: 84, decode: q2_k }],
  [11, { name: "Q3_K", elements: 256, bytes: 110, decode: q3_k }],
  [12, { name: "Q4_K", elements: 256, bytes: 144, decode: q4_k }],
  [13, { name: "Q5_K", elements: 256, bytes: 176, decode: q5_k }],
  [14, { name: "Q6_K", elements: 256, bytes: 210, decode: q6_k }],
  [30, { name: "BF16", elements: 1, bytes: 2 }],
]);

/** Names of types that are recognised and not read, for messages. */
export const UNREAD_TYPES: ReadonlyMap<number, string> = new Map([
  [9, "Q8_1"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [17, "IQ2_XS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [20, "IQ4_NL"],
  [21, "IQ3_S"],
  [22, "IQ2_S"],
  [23, "IQ4_XS"],
  [29, "IQ1_M"],
  [31, "Q4_0_4_4"],
  [32, "Q4_0_4_8"],
  [33, "Q4_0_8_8"],
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
]);
