import { ConvertError } from "./convert_error.ts";

/**
 * Writes a file or a folder so that it is whole or not there: under another name first, and renamed at the end. What was
 * written is deleted if `write` fails or the signal aborts.
 *
 * @param write Is given the other name. A folder is made by it, if it wants one.
 * @param force Whether what has the name already is replaced.
 * @throws {ConvertError} When something has the name already.
 */
export async function unfinished(
  path: string,
  signal: AbortSignal,
  force: boolean,
  write: (path: string) => Promise<void>,
): Promise<void> {
  if (!force && await exists(path)) {
    throw new ConvertError(`${path} is there already: --force replaces it`);
  }
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await write(temporary);
    signal.throwIfAborted();
    if (force && await exists(path)) await Deno.remove(path, { recursive: true });
    await Deno.rename(temporary, path);
  } catch (error) {
    if (await exists(temporary)) await Deno.remove(temporary, { recursive: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
