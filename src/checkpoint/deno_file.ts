import { CheckpointError, TruncatedFileError } from "./checkpoint_error.ts";
import { assertInside, type RandomAccess } from "./random_access.ts";

/**
 * A file on disk. It is read without letting go of the thread: a call costs a tenth of what the event loop takes for one,
 * and whoever loads a model has nothing else to do.
 */
class DenoFile implements RandomAccess {
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #path: string;

  constructor(file: Deno.FsFile, path: string, size: number) {
    this.#file = file;
    this.#path = path;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    assertInside(this.#path, offset, length, this.size);
    const bytes = new Uint8Array(length);
    await this.readInto(offset, bytes);
    return bytes;
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async readInto(offset: number, into: Uint8Array<ArrayBuffer>): Promise<void> {
    const length = into.byteLength;
    assertInside(this.#path, offset, length, this.size);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < length) {
      const read = this.#file.readSync(into.subarray(filled));
      // The file has become shorter since it was opened.
      if (read === null) throw new TruncatedFileError(this.#path, offset, length, offset + filled);
      filled += read;
    }
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * Opens a file for reading anywhere in it. Needs `--allow-read`.
 *
 * @throws {CheckpointError} When there is no such file, it is a folder, or it may not be read.
 */
export async function openFile(path: string): Promise<RandomAccess> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : `${cause}`;
    throw new CheckpointError(path, why, { cause });
  }
  const info = await file.stat();
  if (info.isFile) return new DenoFile(file, path, info.size);
  file.close();
  throw new CheckpointError(path, "it is a folder or a device, not a file");
}
