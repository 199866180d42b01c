import { toBfloat16 } from "./tensor_blocks.ts";

/** A type that tensors are written in. */
export interface GgufType {
  /** ggml's number of it. */
  readonly id: number;
  /** `general.file_type` of files whose matrices are of it. Source: llama.cpp, LlamaFileType. */
  readonly fileType: number;
  /** Elements of a block, and its bytes. */
  readonly elements: number;
  readonly bytes: number;
  /** Encodes whole blocks. */
  encode(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** The types that GGUF files are written with. */
export const GGUF_TYPES = {
  f32: {
    ...{ id: 0, fileType: 0, elements: 1, bytes: 4 },
    encode: ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  },
  f16: {
    ...{ id: 1, fileType: 1, elements: 1, bytes: 2 },
    encode: (values) => new Uint8Array(new Float16Array(values).buffer),
  },
  bf16: {
    ...{ id: 30, fileType: 32, elements: 1, bytes: 2 },
    encode: (values) => new Uint8Array(toBfloat16(values).buffer),
  },
  q8_0: { ...{ id: 8, fileType: 7, elements: 32, bytes: 34 }, encode: encodeQ8 },
} as const satisfies Readonly<Record<string, GgufType>>;

/** Blocks of 32: a unit in float16, and whole numbers of 8 bits. Source: ggml-quants.c, quantize_row_q8_0_ref. */
function encodeQ8(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { fround, abs, sign, floor } = Math;
  const blocks = values.length / 32;
  const bytes = new Uint8Array(34 * blocks);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < blocks; block++) {
    const first = 32 * block;
    let largest = 0;
    for (let i = first; i < first + 32; i++) largest = Math.max(largest, abs(values[i]!));
    const unit = fround(largest / 127);
    const inverse = unit === 0 ? 0 : fround(1 / unit);
    view.setFloat16(34 * block, unit, true);
    for (let i = 0; i < 32; i++) {
      const scaled = fround(values[first + i]! * inverse);
      // C's roundf: halves away from zero.
      view.setInt8(34 * block + 2 + i, sign(scaled) * floor(abs(scaled) + 0.5));
    }
  }
  return bytes;
}
