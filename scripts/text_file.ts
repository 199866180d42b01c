/** A text file that cannot be used. */
export class TextFileError extends Error {
  override readonly name = "TextFileError";
  constructor(
    /** The file, or the place in it, that is at fault. */
    readonly path: string,
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${why}`, options);
  }
}

/** What a string can hold on every platform. */
const MAX_FILE_BYTES = 400 << 20;

/**
 * Reads a UTF-8 file whole.
 *
 * @throws {TextFileError}
 */
export async function readText(path: string): Promise<string> {
  const { size } = await naming(path, () => Deno.stat(path));
  if (size > MAX_FILE_BYTES) throw new TextFileError(path, `it has ${size} bytes, far too many`);
  const bytes = await naming(path, () => Deno.readFile(path));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TextFileError(path, "it is not UTF-8", { cause });
  }
}

/**
 * Writes a file whole.
 *
 * @throws {TextFileError}
 */
export async function writeText(path: string, text: string): Promise<void> {
  await naming(path, () => Deno.writeTextFile(path, text));
}

/**
 * Finds out whether a file can be written, and leaves what it holds as it is.
 *
 * @throws {TextFileError}
 */
export async function checkWritable(path: string): Promise<void> {
  const file = await naming(path, () => Deno.open(path, { write: true, create: true }));
  file.close();
}

/** Says which file a system call failed for. */
async function naming<Result>(path: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    throw new TextFileError(path, cause instanceof Error ? cause.message : `${cause}`, { cause });
  }
}
