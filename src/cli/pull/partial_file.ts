import { PullError, WriteError } from "./pull_error.ts";

/** Tells versions of a remote file apart, so that a download is not continued with another file. */
export interface Version {
  /** A strong `ETag`. */
  readonly etag?: string;
  readonly lastModified?: string;
}

interface Note extends Version {
  readonly url: string;
}

/**
 * A file while it is downloaded: `NAME.part`, and `NAME.part.json` which says what it is a part of. Only when it is
 * complete does it get its own name, in one step. Other processes that download the same file are kept out.
 */
export class PartialFile implements Disposable {
  readonly #path: string;
  readonly #url: string;
  readonly #file: Deno.FsFile;
  #size: number;
  #version: Version;

  private constructor(
    path: string,
    url: string,
    file: Deno.FsFile,
    size: number,
    version: Version,
  ) {
    this.#path = path;
    this.#url = url;
    this.#file = file;
    this.#size = size;
    this.#version = version;
  }

  /**
   * Opens the part that an earlier download of the same URL left, or an empty one.
   *
   * @param path Of the complete file.
   * @throws {PullError} When another process downloads it.
   */
  static async open(path: string, url: string): Promise<PartialFile> {
    for (;;) {
      const opened = await PartialFile.#open(path, url);
      if (opened !== undefined) return opened;
    }
  }

  /** Undefined: the file was completed or deleted by another process between opening and locking it. */
  static async #open(path: string, url: string): Promise<PartialFile | undefined> {
    const file = await Deno.open(`${path}.part`, { read: true, write: true, create: true });
    try {
      if (!await file.tryLock(true)) {
        throw new PullError(url, `another process is downloading it to ${path}.part`);
      }
      if (!await isStill(file, `${path}.part`)) {
        file.close();
        return undefined;
      }
      const note = await readNote(`${path}.part.json`);
      const { size } = await file.stat();
      if (note?.url === url) {
        const { url: _, ...version } = note;
        return new PartialFile(path, url, file, size, version);
      }
      await file.truncate(0);
      return new PartialFile(path, url, file, 0, {});
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** What they are a part of. */
  get version(): Version {
    return this.#version;
  }

  /** Starts again, with this version of the remote file. */
  async restart(version: Version): Promise<void> {
    await this.#file.truncate(0);
    this.#size = 0;
    this.#version = version;
    await Deno.writeTextFile(
      `${this.#path}.part.json`,
      JSON.stringify({ url: this.#url, ...version }),
    );
  }

  /**
   * Adds bytes at the end.
   *
   * @throws {WriteError} if the disk is full, or fails
   */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.seek(this.#size, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) {
        const written = await this.#file.write(bytes.subarray(at));
        at += written;
        this.#size += written;
      }
    } catch (cause) {
      throw new WriteError(this.#url, `${this.#path}.part`, cause);
    }
  }

  /** The bytes so far, from the beginning. */
  async *read(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    await this.#file.seek(0, Deno.SeekMode.Start);
    const block = new Uint8Array(1 << 20);
    for (;;) {
      const length = await this.#file.read(block);
      if (length === null) return;
      yield block.subarray(0, length);
    }
  }

  /** Gives the file its own name, when it is on the disk. */
  async complete(): Promise<void> {
    await this.#file.sync();
    await Deno.rename(`${this.#path}.part`, this.#path);
    await Deno.remove(`${this.#path}.part.json`);
  }

  /** Deletes what there is. */
  async discard(): Promise<void> {
    await Deno.remove(`${this.#path}.part`);
    await Deno.remove(`${this.#path}.part.json`).catch(ignoreMissing);
  }

  /** Closes the file. What is there stays, for a later download to continue. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Whether an open file still has this path. */
async function isStill(file: Deno.FsFile, path: string): Promise<boolean> {
  const [own, there] = await Promise.all([file.stat(), Deno.stat(path).catch(ignoreMissing)]);
  return there !== undefined && own.ino === there.ino && own.dev === there.dev;
}

async function readNote(path: string): Promise<Note | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    ignoreMissing(error);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a process that ended while it wrote: starting again is always right
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
