/**
 * The container format of conversation files.
 *
 *     magic (8 bytes), version (32 bits), parts
 *
 * where each part is
 *
 *     type (4 ASCII characters), length of the content (32 bits), content, checksum (32 bytes)
 *
 * Numbers are unsigned and little-endian. The checksum is SHA-256 over the previous checksum, the type, the length and
 * the content; for the first part, the previous checksum is the SHA-256 of magic and version. So the checksums form a
 * chain: parts cannot be dropped or reordered, and the last part, {@linkcode END}, marks a complete file.
 *
 * @module
 */
import { sha256 } from "../records/digest.ts";
import { ConversationFileError } from "./errors.ts";

/** Like PNG's signature: a byte above 127, line breaks and an end-of-file, to detect text-mode conversions. */
const MAGIC = Uint8Array.of(0x89, 0x54, 0x43, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);

/** The supported version of the format. */
const FILE_VERSION = 1;

const PREAMBLE_BYTES = MAGIC.length + 4;
const PART_HEAD_BYTES = 8;
const CHECKSUM_BYTES = 32;

/** The type of the last part, which is empty. */
const END = "end.";

const encoder = new TextEncoder();

function preamble(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PREAMBLE_BYTES);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, FILE_VERSION, true);
  return bytes;
}

/** Encodes a part without its checksum. */
function frame(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PART_HEAD_BYTES + content.length);
  bytes.set(encoder.encode(type));
  new DataView(bytes.buffer).setUint32(4, content.length, true);
  bytes.set(content, PART_HEAD_BYTES);
  return bytes;
}

/** The checksum of a part, given the previous checksum. */
function chain(before: Uint8Array, part: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(before.length + part.length);
  bytes.set(before);
  bytes.set(part, before.length);
  return sha256(bytes);
}

/** A part of a file. */
export interface FilePart {
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Generates the bytes of a file, one part at a time, and the {@linkcode END} part. */
export async function* writeParts(
  parts: AsyncIterable<FilePart>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const start = preamble();
  yield start;
  let checksum = await sha256(start);
  const write = async function* ({ type, content }: FilePart) {
    const bytes = frame(type, content);
    checksum = await chain(checksum, bytes);
    yield bytes;
    yield checksum;
  };
  for await (const part of parts) yield* write(part);
  yield* write({ type: END, content: new Uint8Array() });
}

/**
 * Reads a file incrementally. Holds at most one part in memory, and of that only the bytes that have arrived, so a
 * false length does not cause a large allocation.
 */
export class PartReader {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #checksum: Uint8Array<ArrayBuffer> | undefined;
  #count = 0;

  constructor(file: ReadableStream<Uint8Array>) {
    this.#source = file.getReader();
  }

  /**
   * Reads the content of the next part.
   *
   * @param type the expected type
   * @param limit maximum length of the content, in bytes
   * @throws {ConversationFileError}
   * @throws what the stream throws
   */
  async next(type: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const before = this.#checksum ?? await this.#begin();
    const head = await this.#take(PART_HEAD_BYTES);
    this.#count++;
    const found = String.fromCharCode(...head.subarray(0, 4));
    if (found !== type) {
      throw new ConversationFileError(
        `part ${this.#count} has type ${JSON.stringify(found)} instead of ${JSON.stringify(type)}`,
      );
    }
    const length = new DataView(head.buffer).getUint32(4, true);
    if (length > limit) {
      throw new ConversationFileError(
        `part ${this.#count} has ${length} bytes (limit: ${limit})`,
      );
    }
    const content = await this.#take(length);
    const checksum = await this.#take(CHECKSUM_BYTES);
    const expected = await chain(before, frame(type, content));
    if (expected.some((byte, index) => byte !== checksum[index])) {
      throw new ConversationFileError(
        `part ${this.#count} is corrupt: its checksum does not match`,
      );
    }
    this.#checksum = checksum;
    return content;
  }

  /** Reads the last part and checks that nothing follows. */
  async end(): Promise<void> {
    await this.next(END, 0);
    if (this.#held > 0 || !(await this.#source.read()).done) {
      throw new ConversationFileError("it has bytes after its end");
    }
  }

  /** Cancels the stream. */
  async cancel(reason: unknown): Promise<void> {
    await this.#source.cancel(reason);
  }

  async #begin(): Promise<Uint8Array<ArrayBuffer>> {
    const start = await this.#take(PREAMBLE_BYTES);
    if (MAGIC.some((byte, index) => byte !== start[index])) {
      throw new ConversationFileError("it lacks the signature");
    }
    const version = new DataView(start.buffer).getUint32(MAGIC.length, true);
    if (version !== FILE_VERSION) {
      throw new ConversationFileError(
        `it has format version ${version}, and this server supports version ${FILE_VERSION}`,
      );
    }
    return await sha256(start);
  }

  /** Reads `count` bytes into a new buffer. */
  async #take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#held < count) {
      const { done, value } = await this.#source.read();
      if (done) throw new ConversationFileError("it ends too early");
      this.#chunks.push(value);
      this.#held += value.length;
    }
    const bytes = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const chunk = this.#chunks[0]!;
      const taken = chunk.subarray(0, count - at);
      bytes.set(taken, at);
      at += taken.length;
      if (taken.length < chunk.length) this.#chunks[0] = chunk.subarray(taken.length);
      else this.#chunks.shift();
    }
    this.#held -= count;
    return bytes;
  }
}
