import { type Path, SchemaError } from "../errors.ts";
import type { Unenforced } from "../grammar.ts";

/** Entries that are kept: enough to see what is wrong with a schema, and few enough for a log line. */
const MAX_ENTRIES = 100;

/** Collects what a grammar does not enforce. */
export class Report {
  readonly #entries = new Map<string, Unenforced>();

  /** Entries so far, also those that were too many to keep. */
  count = 0;

  get entries(): readonly Unenforced[] {
    return [...this.#entries.values()];
  }

  /** Adds an entry, unless its place is there already. */
  add(path: Path, why: string): void {
    this.count++;
    const key = JSON.stringify(path);
    if (this.#entries.size < MAX_ENTRIES && !this.#entries.has(key)) {
      this.#entries.set(key, { path, why });
    }
  }

  /** The result of a function, or undefined and a new entry if it throws a {@linkcode SchemaError}. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      this.add(error.path, error.why);
      return undefined;
    }
  }
}
