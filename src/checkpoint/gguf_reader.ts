import { InvalidCheckpointError, TruncatedFileError } from "./checkpoint_error.ts";
import type { RandomAccess } from "./random_access.ts";

/** Bytes that are read from the file at a time. */
const CHUNK_BYTES = 1 << 18;
const MAX_STRING_BYTES = 1 << 22;
/** Elements of an array that are kept. A vocabulary has some 65,000. */
const MAX_ELEMENTS = 1_000_000;
/** Bytes of keys, values and tensor infos together. A World vocabulary takes 2 MB. */
const MAX_HEADER_BYTES = 1 << 27;

const UINT32 = 4;
const INT32 = 5;
const STRING = 8;
const ARRAY = 9;

/** Bytes of a value of each type that has a fixed size. */
const SIZES: ReadonlyMap<number, number> = new Map([
  ...[0, 1, 7].map((type) => [type, 1] as const),
  ...[2, 3].map((type) => [type, 2] as const),
  ...[UINT32, INT32, 6].map((type) => [type, 4] as const),
  ...[10, 11, 12].map((type) => [type, 8] as const),
]);

/** Reads the header of a GGUF file from front to back. No length in it is trusted beyond the file and the bounds above. */
export class GgufReader {
  readonly #source: RandomAccess;
  readonly #file: string;
  #chunk = new DataView(new ArrayBuffer(0));
  #chunkStart: number;
  #position: number;

  constructor(source: RandomAccess, file: string, position: number) {
    this.#source = source;
    this.#file = file;
    this.#position = this.#chunkStart = position;
  }

  /** Where the next value is, in bytes. */
  get position(): number {
    return this.#position;
  }

  async uint32(): Promise<number> {
    const at = await this.#take(4);
    return this.#chunk.getUint32(at, true);
  }

  /** @throws {InvalidCheckpointError} When it is above 2^53. */
  async uint64(): Promise<number> {
    const at = await this.#take(8);
    const value = Number(this.#chunk.getBigUint64(at, true));
    if (!Number.isSafeInteger(value)) throw this.#invalid(`has the absurd number ${value}`);
    return value;
  }

  /** How many of something follow, each of `bytes` at least. */
  async count(max: number, what: string, bytes: number): Promise<number> {
    const count = await this.uint64();
    if (count > max) throw this.#invalid(`has ${count} ${what}, above ${max}`);
    this.#assertLeft(count * bytes);
    return count;
  }

  async string(max = MAX_STRING_BYTES): Promise<string> {
    const length = await this.uint64();
    if (length > max) throw this.#invalid(`has a text of ${length} bytes, above ${max}`);
    const at = await this.#take(length);
    const bytes = new Uint8Array(this.#chunk.buffer, this.#chunk.byteOffset + at, length);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /** A value of a type: a number, boolean or text, an array of texts or int32, or `undefined` for an array of others. */
  async value(type: number): Promise<unknown> {
    if (type === STRING) return await this.string();
    if (type === ARRAY) return await this.#array();
    const at = await this.#take(this.#size(type));
    const view = this.#chunk;
    switch (type) {
      case 0:
        return view.getUint8(at);
      case 1:
        return view.getInt8(at);
      case 2:
        return view.getUint16(at, true);
      case 3:
        return view.getInt16(at, true);
      case UINT32:
        return view.getUint32(at, true);
      case INT32:
        return view.getInt32(at, true);
      case 6:
        return view.getFloat32(at, true);
      case 7:
        return view.getUint8(at) !== 0;
      case 10:
        return Number(view.getBigUint64(at, true));
      case 11:
        return Number(view.getBigInt64(at, true));
      default:
        return view.getFloat64(at, true);
    }
  }

  async #array(): Promise<readonly string[] | Int32Array | undefined> {
    const type = await this.uint32();
    if (type === ARRAY) throw this.#invalid("has an array of arrays");
    if (type === INT32) {
      const count = await this.count(MAX_ELEMENTS, "elements in an array", 4);
      const at = await this.#take(4 * count);
      return Int32Array.from({ length: count }, (_, i) => this.#chunk.getInt32(at + 4 * i, true));
    }
    if (type !== STRING) {
      const count = await this.count(MAX_HEADER_BYTES, "elements in an array", this.#size(type));
      await this.#skip(count * this.#size(type));
      return undefined;
    }
    const count = await this.count(MAX_ELEMENTS, "texts in an array", 8);
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(await this.string());
    return texts;
  }

  #size(type: number): number {
    const size = SIZES.get(type);
    if (size === undefined) throw this.#invalid(`has a value of the unknown type ${type}`);
    return size;
  }

  async #skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
      await this.#take(Math.min(left, CHUNK_BYTES));
    }
  }

  /** Moves past some bytes, and tells where they start in the chunk. */
  async #take(bytes: number): Promise<number> {
    const offset = this.#position - this.#chunkStart;
    if (offset + bytes > this.#chunk.byteLength) {
      this.#assertLeft(bytes);
      const length = Math.min(Math.max(bytes, CHUNK_BYTES), this.#source.size - this.#position);
      this.#chunk = new DataView((await this.#source.read(this.#position, length)).buffer);
      this.#chunkStart = this.#position;
    }
    const at = this.#position - this.#chunkStart;
    this.#position += bytes;
    return at;
  }

  #assertLeft(bytes: number): void {
    if (this.#position + bytes > MAX_HEADER_BYTES) {
      throw this.#invalid(`would be above ${MAX_HEADER_BYTES} bytes`);
    }
    if (bytes > this.#source.size - this.#position) {
      throw new TruncatedFileError(this.#file, this.#position, bytes, this.#source.size);
    }
  }

  #invalid(what: string): InvalidCheckpointError {
    return new InvalidCheckpointError(this.#file, `its header ${what}`);
  }
}
