import { ERR_EOCDR_NOT_FOUND, type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { CheckpointError, InvalidCheckpointError, TruncatedFileError } from "./checkpoint_error.ts";
import { assertInside, type RandomAccess } from "./random_access.ts";

/** The largest directory that is read. One of a checkpoint with a thousand tensors has some 100 KB. */
const MAX_DIRECTORY_BYTES = 1 << 26;

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_MAGIC = 0x04034b50;
/** How much larger than the file its entries may be together. Weights compress to two thirds at best. */
const MAX_EXPANSION = 20;
/** What may be larger: a test model of zeros, say. */
const HARMLESS_BYTES = 1 << 24;
const COMPRESSED_CHUNK_BYTES = 1 << 14;

const STORED = 0;
const DEFLATED = 8;

/** Lets zip.js read from a {@linkcode RandomAccess}. */
class SourceReader extends Reader<RandomAccess> {
  readonly #source: RandomAccess;

  constructor(source: RandomAccess) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }

  /** zip.js asks past the end of the file at times, and takes less for an answer. */
  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const available = Math.min(length, Math.max(0, this.size - index));
    if (available > MAX_DIRECTORY_BYTES) throw new RangeError("the zip directory is too large");
    return await this.#source.read(index, available);
  }
}

/** A zip file, zip64 included, of which any part of any entry can be read. */
export class ZipArchive {
  readonly #source: RandomAccess;
  readonly #file: string;
  readonly #entries: Map<string, FileEntry>;

  private constructor(source: RandomAccess, file: string, entries: Map<string, FileEntry>) {
    this.#source = source;
    this.#file = file;
    this.#entries = entries;
  }

  /**
   * Reads the directory of a zip file.
   *
   * @throws {InvalidCheckpointError} When it is damaged, cut short, or names an entry twice.
   */
  static async open(source: RandomAccess, file: string): Promise<ZipArchive> {
    const entries = new Map<string, FileEntry>();
    try {
      for await (const entry of new ZipReader(new SourceReader(source)).getEntriesGenerator()) {
        if (entry.directory) continue;
        if (entries.has(entry.filename)) throw new Error(`it has two of ${entry.filename}`);
        entries.set(entry.filename, entry);
      }
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      // Its directory is at its end.
      const why = `${cause}`.includes(ERR_EOCDR_NOT_FOUND)
        ? "the file is cut short, as by a download that broke off: download it again"
        : `it is not a valid zip file: ${cause}`;
      throw new InvalidCheckpointError(file, why, { cause });
    }
    assertPlausible(entries.values(), source.size, file);
    return new ZipArchive(source, file, entries);
  }

  /** The names of the entries. */
  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The number of bytes in an entry once it is decompressed, or `undefined` when there is none of this name. */
  size(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /**
   * Reads a part of an entry. What is stored as it is, as PyTorch does, is read from just there; what is compressed is
   * decompressed from its start and only the part is kept. Checksums are not compared: PyTorch neither does, nor always writes them.
   *
   * @throws {InvalidCheckpointError} When there is no such entry, or it is damaged.
   * @throws {TruncatedFileError} When the part is not inside the entry.
   */
  async read(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(name);
    if (!entry) throw new InvalidCheckpointError(this.#file, `the zip file lacks ${name}`);
    assertInside(`${this.#file}/${name}`, offset, length, entry.uncompressedSize);
    if (entry.encrypted) throw new InvalidCheckpointError(this.#file, `${name} is encrypted`);
    if (entry.compressionMethod === STORED) {
      return await this.#source.read(await this.#dataStart(entry) + offset, length);
    }
    if (entry.compressionMethod !== DEFLATED) {
      const why = `${name} is compressed by the unknown method ${entry.compressionMethod}`;
      throw new InvalidCheckpointError(this.#file, why);
    }
    return await this.#inflate(entry, offset, length);
  }

  /** The data follow a copy of the directory's entry, whose variable parts have lengths of their own. */
  async #dataStart({ filename, offset }: FileEntry): Promise<number> {
    const header = new DataView((await this.#source.read(offset, LOCAL_HEADER_BYTES)).buffer);
    if (header.getUint32(0, true) !== LOCAL_HEADER_MAGIC) {
      throw new InvalidCheckpointError(this.#file, `${filename} is not where the directory says`);
    }
    const nameBytes = header.getUint16(26, true);
    const extraBytes = header.getUint16(28, true);
    return offset + LOCAL_HEADER_BYTES + nameBytes + extraBytes;
  }

  /** Decompresses an entry up to the end of a part, and gives the part. */
  async #inflate(
    entry: FileEntry,
    offset: number,
    length: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { filename } = entry;
    const part = new Uint8Array(length);
    let position = 0;
    const stream = (await this.#compressed(entry))
      .pipeThrough(new DecompressionStream("deflate-raw"));
    try {
      for await (const chunk of stream) {
        const from = Math.max(0, offset - position);
        const to = Math.min(chunk.byteLength, offset + length - position);
        if (from < to) part.set(chunk.subarray(from, to), position + from - offset);
        position += chunk.byteLength;
        if (position >= offset + length) return part;
      }
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      throw new InvalidCheckpointError(this.#file, `${filename} is damaged: ${cause}`, { cause });
    }
    throw new TruncatedFileError(`${this.#file}/${filename}`, offset, length, position);
  }

  /** The compressed bytes of an entry, a few at a time: each may become a thousand times as many. */
  async #compressed(entry: FileEntry): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    let position = await this.#dataStart(entry);
    const end = position + entry.compressedSize;
    const source = this.#source;
    return new ReadableStream({
      async pull(controller) {
        const length = Math.min(COMPRESSED_CHUNK_BYTES, end - position);
        if (length <= 0) return controller.close();
        controller.enqueue(await source.read(position, length));
        position += length;
      },
    }, { highWaterMark: 0 });
  }
}

/**
 * Refuses an archive that would become far larger than weights can: a small file must not fill the memory.
 *
 * @throws {InvalidCheckpointError}
 */
function assertPlausible(entries: Iterable<FileEntry>, size: number, file: string): void {
  let total = 0;
  for (const { uncompressedSize } of entries) total += uncompressedSize;
  if (total <= MAX_EXPANSION * size || total <= HARMLESS_BYTES) return;
  throw new InvalidCheckpointError(
    file,
    `its ${size} bytes would become ${total}, which no weights do: download it again from its source`,
  );
}
