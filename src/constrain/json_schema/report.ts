import { type Path, SchemaError } from "../errors.ts";
import type { Unenforced } from "../grammar.ts";

/** Maximum number of entries: enough to understand the problem, few enough for a log line. */
const MAX_ENTRIES = 100;

/** Collects constraints that a grammar does not enforce. */
export class Report {
  readonly #entries = new Map<string, Unenforced>();

  /** Number of calls of {@linkcode Report.add}, including those that were dropped. */
  count = 0;

  get entries(): readonly Unenforced[] {
    return [...this.#entries.values()];
  }

  /** Adds an entry, unless there is one for this location already or there are too many. */
  add(path: Path, why: string): void {
    this.count++;
    const key = JSON.stringify(path);
    if (this.#entries.size < MAX_ENTRIES && !this.#entries.has(key)) {
      this.#entries.set(key, { path, why });
    }
  }

  /** Runs a function. If it throws a {@linkcode SchemaError}, adds an entry and returns undefined. */
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
