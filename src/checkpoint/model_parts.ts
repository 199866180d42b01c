import { CheckpointError, InvalidCheckpointError, TruncatedFileError } from "./checkpoint_error.ts";
import { assertInside, type RandomAccess } from "./random_access.ts";

/** The file that lists the parts of a model. */
export const PARTS_INDEX = "model.parts.json";
/** Changes with the format of the index. */
export const PARTS_VERSION = 1;

/** A part of a file: a file of its own, beside the index. */
export interface Part {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256, in hexadecimal. */
  readonly sha256: string;
}

/** A model whose files are cut into parts, for hosts that serve small files only. */
export interface PartsIndex {
  readonly version: typeof PARTS_VERSION;
  /** Which of the files has the weights. */
  readonly weights: string;
  /** The parts of each file, in order. */
  readonly files: Readonly<Record<string, readonly Part[]>>;
}

/** Gets a file that lies beside the index. */
export type FetchPart = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

/** A name that stays in its folder, also as part of a URL. */
const PART_NAME = /^[A-Za-z0-9][\w.-]{0,199}$/;

/**
 * The files of a model in parts. Every part is checked against its SHA-256 before it is used, and no more than two are
 * in memory at a time.
 */
export class ModelParts {
  readonly #name: string;
  readonly #index: PartsIndex;
  readonly #fetch: FetchPart;
  readonly #readAhead: boolean;

  /**
   * @param index the bytes of the index, which the caller trusts
   * @param options.name what to call the model in messages
   * @param options.readAhead fetches the next part while one is used: faster, and takes its memory
   * @throws {InvalidCheckpointError} if the index is damaged
   */
  constructor(
    index: Uint8Array,
    options: { readonly name: string; readonly fetch: FetchPart; readonly readAhead: boolean },
  ) {
    this.#name = options.name;
    this.#fetch = options.fetch;
    this.#readAhead = options.readAhead;
    this.#index = parseIndex(index, options.name);
  }

  /** The name of the file that has the weights. */
  get weights(): string {
    return this.#index.weights;
  }

  /**
   * A file, for reading anywhere in it. In order is fast: each part is fetched once then.
   *
   * @throws {CheckpointError} if there is no such file
   */
  open(file: string): RandomAccess {
    const parts = Object.hasOwn(this.#index.files, file) ? this.#index.files[file]! : undefined;
    if (parts === undefined) throw new CheckpointError(this.#name, `it has no file ${file}`);
    return new PartsSource(`${this.#name}/${file}`, parts, (at) => this.#part(parts, at), {
      readAhead: this.#readAhead,
    });
  }

  /** A small file, whole. */
  async read(file: string): Promise<Uint8Array<ArrayBuffer>> {
    const source = this.open(file);
    return await source.read(0, source.size);
  }

  async #part(parts: readonly Part[], at: number): Promise<Uint8Array<ArrayBuffer>> {
    const { name, bytes: size, sha256 } = parts[at]!;
    const bytes = await this.#fetch(name);
    if (bytes.length !== size) throw new TruncatedFileError(name, 0, size, bytes.length);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    if (digest !== sha256) {
      throw new InvalidCheckpointError(name, "it is damaged: its SHA-256 is not that of the index");
    }
    return bytes;
  }
}

/** One file over its parts. */
class PartsSource implements RandomAccess {
  readonly size: number;
  readonly #name: string;
  readonly #parts: readonly Part[];
  /** Where each part begins. */
  readonly #starts: readonly number[];
  readonly #get: (at: number) => Promise<Uint8Array<ArrayBuffer>>;
  readonly #readAhead: boolean;
  /** The part that was used last, and perhaps the next. */
  readonly #held = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(
    name: string,
    parts: readonly Part[],
    get: (at: number) => Promise<Uint8Array<ArrayBuffer>>,
    { readAhead }: { readonly readAhead: boolean },
  ) {
    let size = 0;
    this.#starts = parts.map(({ bytes }) => (size += bytes) - bytes);
    this.size = size;
    this.#name = name;
    this.#parts = parts;
    this.#get = get;
    this.#readAhead = readAhead;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    assertInside(this.#name, offset, length, this.size);
    const bytes = new Uint8Array(length);
    await this.readInto(offset, bytes);
    return bytes;
  }

  async readInto(offset: number, into: Uint8Array<ArrayBuffer>): Promise<void> {
    assertInside(this.#name, offset, into.length, this.size);
    let filled = 0;
    while (filled < into.length) {
      const from = offset + filled;
      const at = this.#starts.findLastIndex((start) => start <= from);
      const part = await this.#hold(at);
      const start = from - this.#starts[at]!;
      const piece = part.subarray(start, start + into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
    }
  }

  close(): void {
    this.#held.clear();
  }

  async #hold(at: number): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = this.#readAhead && at + 1 < this.#parts.length ? [at, at + 1] : [at];
    for (const held of this.#held.keys()) if (!wanted.includes(held)) this.#held.delete(held);
    for (const part of wanted) {
      if (this.#held.has(part)) continue;
      const getting = this.#get(part);
      getting.catch(() => {}); // told to whoever reads it
      this.#held.set(part, getting);
    }
    try {
      return await this.#held.get(at)!;
    } catch (error) {
      this.#held.delete(at);
      throw error;
    }
  }
}

// By hand: the engine's thread reads this before anything else, and a library for schemas takes longer to load.
function parseIndex(bytes: Uint8Array, name: string): PartsIndex {
  let index: unknown;
  try {
    index = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidCheckpointError(name, `${PARTS_INDEX} is not JSON: ${cause}`, { cause });
  }
  if (isIndex(index)) return index;
  throw new InvalidCheckpointError(name, `${PARTS_INDEX} is damaged, or of another version`);
}

function isIndex(value: unknown): value is PartsIndex {
  if (!isObject(value)) return false;
  const { version, weights, files } = value;
  return version === PARTS_VERSION && isObject(files) && typeof weights === "string" &&
    Object.hasOwn(files, weights) &&
    Object.values(files).every((parts) => Array.isArray(parts) && parts.every(isPart));
}

function isPart(value: unknown): value is Part {
  if (!isObject(value)) return false;
  const { name, bytes, sha256 } = value;
  return typeof name === "string" && PART_NAME.test(name) && Number.isSafeInteger(bytes) &&
    (bytes as number) > 0 && typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
