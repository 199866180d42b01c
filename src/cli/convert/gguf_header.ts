/** A value of a GGUF file's metadata, with its type. */
export type GgufValue =
  | { readonly type: "u32" | "f32"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "i32s"; readonly value: readonly number[] };

/** What the header says about a tensor. */
export interface GgufInfo {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  /** ggml's number of the type. */
  readonly type: number;
  /** From the start of the data. */
  readonly offset: number;
}

const [UINT32, INT32, FLOAT32, STRING, ARRAY] = [4, 5, 6, 8, 9];
const VERSION = 3;
/** Tensors begin at multiples of this, which readers assume if no key says otherwise. */
export const GGUF_ALIGNMENT = 32;

/**
 * The header of a GGUF file, up to its tensors' data.
 *
 * Source: ggml-org/ggml, docs/gguf.md.
 */
export function ggufHeader(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufInfo[],
): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  out.raw(new TextEncoder().encode("GGUF"));
  out.uint32(VERSION);
  out.uint64(tensors.length);
  out.uint64(Object.keys(metadata).length);
  for (const [key, entry] of Object.entries(metadata)) {
    out.string(key);
    writeValue(out, entry);
  }
  for (const { name, shape, type, offset } of tensors) {
    out.string(name);
    out.uint32(shape.length);
    for (const size of shape.toReversed()) out.uint64(size);
    out.uint32(type);
    out.uint64(offset);
  }
  return out.aligned(GGUF_ALIGNMENT);
}

function writeValue(out: Bytes, { type, value }: GgufValue): void {
  switch (type) {
    case "u32":
      out.uint32(UINT32!);
      return out.uint32(value);
    case "f32":
      out.uint32(FLOAT32!);
      return out.raw(new Uint8Array(new Float32Array([value]).buffer));
    case "string":
      out.uint32(STRING!);
      return out.string(value);
    case "strings":
      out.uint32(ARRAY!);
      out.uint32(STRING!);
      out.uint64(value.length);
      return value.forEach((text) => out.string(text));
    case "i32s":
      out.uint32(ARRAY!);
      out.uint32(INT32!);
      out.uint64(value.length);
      return out.raw(new Uint8Array(new Int32Array(value).buffer));
  }
}

/** Bytes that grow at the end. */
class Bytes {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  raw(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  uint32(value: number): void {
    this.raw(new Uint8Array(new Uint32Array([value]).buffer));
  }

  uint64(value: number): void {
    this.raw(new Uint8Array(new BigUint64Array([BigInt(value)]).buffer));
  }

  string(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.uint64(bytes.length);
    this.raw(bytes);
  }

  /** All of them, and zeros up to a multiple of so many. */
  aligned(multiple: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, Math.ceil(this.#length / multiple) * multiple);
  }
}
