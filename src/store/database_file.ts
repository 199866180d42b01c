import { statSync } from "node:fs";
import { StoreRefusedError } from "./errors.ts";

/**
 * The file that a database was opened in. A process that has a file open goes on reading and writing it after somebody
 * removed it, and loses all of that when it ends: so each operation looks first whether the file is still there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const path = await Deno.makeTempFile();
 * const file = new DatabaseFile(path);
 * file.requirePresent();
 * await Deno.remove(path);
 * assert.throws(() => file.requirePresent(), /was removed/);
 * ```
 */
export class DatabaseFile {
  readonly #path: string;
  readonly #identity: string;

  /** @param path a file that exists */
  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** @throws {StoreRefusedError} if the file was removed, moved or replaced. */
  requirePresent(): void {
    let cause: unknown;
    try {
      if (identityOf(this.#path) === this.#identity) return;
    } catch (error) {
      cause = error;
    }
    throw new StoreRefusedError("removed", this.#path, { cause });
  }
}

function identityOf(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}
