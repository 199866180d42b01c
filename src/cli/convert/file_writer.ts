/** A file that is written from front to back, or at any place. */
export class FileWriter implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #signal: AbortSignal;
  #position = 0;

  private constructor(file: Deno.FsFile, signal: AbortSignal) {
    this.#file = file;
    this.#signal = signal;
  }

  /** @param signal ends the writing */
  static async create(path: string, signal: AbortSignal): Promise<FileWriter> {
    return new FileWriter(await Deno.open(path, { write: true, createNew: true }), signal);
  }

  /** Bytes before the next that are appended. */
  get position(): number {
    return this.#position;
  }

  /** Writes bytes after the last ones. */
  async append(bytes: Uint8Array): Promise<void> {
    await this.writeAt(this.#position, bytes);
  }

  /** Appends zeros up to a multiple of so many bytes. */
  async align(multiple: number): Promise<void> {
    await this.append(
      new Uint8Array(Math.ceil(this.#position / multiple) * multiple - this.#position),
    );
  }

  /** Writes bytes at a place. What lies between is 0. */
  async writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#file.seek(offset, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    this.#position = offset + bytes.length;
  }

  /** Makes the file so long, and waits until it is on the disk. */
  async finish(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
    await this.#file.sync();
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
