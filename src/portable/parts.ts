/**
 * The outer form of a file that holds a conversation.
 *
 *     magic (8 bytes), version (32 bits), parts
 *
 * and each part
 *
 *     type (4 ASCII characters), length of the content (32 bits), content, checksum (32 bytes)
 *
 * Numbers are unsigned and little-endian. The checksum is SHA-256 over the checksum before, the type, the length and the
 * content; before the first part stands the SHA-256 of magic and version. So each vouches for all that was read, parts
 * can neither be left out nor change places, and the last one, {@linkcode END}, says that nothing is missing.
 *
 * @module
 */
import { sha256 } from "../records/digest.ts";
import { ConversationFileError } from "./errors.ts";

/** As in PNG: a byte above 127, a line end and an end-of-file, which every mangling by text tools would change. */
const MAGIC = Uint8Array.of(0x89, 0x54, 0x43, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);

/** The version that is written, and the latest that is read. */
const FILE_VERSION = 1;

const PREAMBLE_BYTES = MAGIC.length + 4;
const PART_HEAD_BYTES = 8;
const CHECKSUM_BYTES = 32;

/** The type of the last part, which has no content. */
const END = "end.";

const encoder = new TextEncoder();

function preamble(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PREAMBLE_BYTES);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, FILE_VERSION, true);
  return bytes;
}

/** A part without its checksum. */
function frame(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PART_HEAD_BYTES + content.length);
  bytes.set(encoder.encode(type));
  new DataView(bytes.buffer).setUint32(4, content.length, true);
  bytes.set(content, PART_HEAD_BYTES);
  return bytes;
}

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

/** The bytes of a file, a part at a time, with the {@linkcode END} after the last. */
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
 * Reads a file as it arrives. It holds no more than the part that is being read, and no more of that than is there: a
 * length that is only claimed costs nothing.
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
   * The content of the next part.
   *
   * @param type what it has to be
   * @param limit bytes that it may have
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
        `part ${this.#count} is ${JSON.stringify(found)}, where ${JSON.stringify(type)} should be`,
      );
    }
    const length = new DataView(head.buffer).getUint32(4, true);
    if (length > limit) {
      throw new ConversationFileError(
        `part ${this.#count} has ${length} bytes, and may have ${limit}`,
      );
    }
    const content = await this.#take(length);
    const checksum = await this.#take(CHECKSUM_BYTES);
    const expected = await chain(before, frame(type, content));
    if (expected.some((byte, index) => byte !== checksum[index])) {
      throw new ConversationFileError(
        `part ${this.#count} was changed: its checksum does not match`,
      );
    }
    this.#checksum = checksum;
    return content;
  }

  /** Reads the last part, after which there is nothing. */
  async end(): Promise<void> {
    await this.next(END, 0);
    if (this.#held > 0 || !(await this.#source.read()).done) {
      throw new ConversationFileError("there is something after its end");
    }
  }

  /** Stops reading. */
  async cancel(reason: unknown): Promise<void> {
    await this.#source.cancel(reason);
  }

  async #begin(): Promise<Uint8Array<ArrayBuffer>> {
    const start = await this.#take(PREAMBLE_BYTES);
    if (MAGIC.some((byte, index) => byte !== start[index])) {
      throw new ConversationFileError("it does not begin as one does");
    }
    const version = new DataView(start.buffer).getUint32(MAGIC.length, true);
    if (version !== FILE_VERSION) {
      throw new ConversationFileError(
        `it is in version ${version} of the format, and this server reads version ${FILE_VERSION}`,
      );
    }
    return await sha256(start);
  }

  /** So many bytes, in a buffer of their own. */
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
