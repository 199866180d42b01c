/** The response header that names what was ignored. */
export const IGNORED_HEADER = "tern-ignored";

/** Names in one header. */
const MAX_NAMES = 32;
/** Characters of one name. */
const MAX_NAME = 100;

/** Names of ignored fields as plain JSON. */
export interface IgnoredRecord {
  readonly names: readonly string[];
  readonly more: boolean;
}

/**
 * The fields of one request that were accepted without effect, by name. Names come from the client, so their number, length
 * and characters are bounded.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const ignored = new Ignored();
 * ignored.add("keep_alive");
 * ignored.add("options.num_ctx");
 * assert.equal(ignored.header, "keep_alive, options.num_ctx");
 * ```
 */
export class Ignored {
  readonly #names: Set<string>;
  #more: boolean;

  constructor({ names, more }: IgnoredRecord = { names: [], more: false }) {
    this.#names = new Set(names);
    this.#more = more;
  }

  /** The names as plain JSON. */
  toRecord(): IgnoredRecord {
    return { names: this.names, more: this.#more };
  }

  /**
   * Notes a field.
   *
   * @param name its path. The indices of arrays are left out, so that it stands for its kind.
   */
  add(name: string): void {
    const kind = name.replace(/\[\d+\]/g, "").slice(0, MAX_NAME);
    const safe = kind.replace(/[^\w.$:-]/g, "_");
    if (safe === "" || this.#names.has(safe)) return;
    if (this.#names.size < MAX_NAMES) this.#names.add(safe);
    else this.#more = true;
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  /** The value of the header. It ends with `...` if there were more names than fit. */
  get header(): string {
    return [...this.#names, ...this.#more ? ["..."] : []].join(", ");
  }
}
