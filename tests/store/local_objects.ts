import { DatabaseSync } from "node:sqlite";
import {
  DurableObjectEntries,
  type DurableObjectStorage,
  type SqlValue,
} from "../../src/store/durable_object_entries.ts";
import type { DurableObjectNamespace, RemoteEntries } from "../../src/store/remote_object.ts";

/** The storage of a Durable Object over a database. */
export function storageOver(database: DatabaseSync): DurableObjectStorage {
  return {
    sql: {
      exec(query, ...bindings) {
        const rows = bindings.length === 0 && query.includes(";")
          ? (database.exec(query), [])
          : database.prepare(query).all(...bindings as Uint8Array[]);
        return {
          toArray: () =>
            rows.map((row) =>
              Object.fromEntries(
                Object.entries(row).map(([name, value]) => [
                  name,
                  value instanceof Uint8Array ? value.slice().buffer : value,
                ]),
              ) as Record<string, SqlValue>
            ),
        };
      },
    },
    transactionSync(change) {
      database.exec("BEGIN");
      try {
        const result = change();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    getAlarm: () => Promise.resolve(null),
    setAlarm: () => Promise.resolve(),
  };
}

/** Durable Objects in this process. */
export class LocalObjects implements DurableObjectNamespace {
  readonly #databases = new Map<string, DatabaseSync>();
  readonly #entries = new Map<string, DurableObjectEntries>();

  /**
   * @param clock milliseconds since the epoch, by which commits are given up
   * @param before called before each call, which fails if it throws
   */
  constructor(
    readonly clock: () => number = Date.now,
    readonly before: (object: string, method: keyof RemoteEntries) => void = () => {},
  ) {}

  /** The objects that were used. */
  get names(): string[] {
    return [...this.#databases.keys()].sort();
  }

  /** The same objects, called by somebody else. */
  calledThrough(before: LocalObjects["before"]): DurableObjectNamespace {
    return { getByName: (name) => this.#remote(name, before) };
  }

  getByName(name: string): RemoteEntries {
    return this.#remote(name, this.before);
  }

  /** Starts all objects again, from what is durable. */
  restart(): void {
    this.#entries.clear();
  }

  #remote(name: string, before: LocalObjects["before"]): RemoteEntries {
    const call = (method: keyof RemoteEntries) => async (...args: unknown[]) => {
      await Promise.resolve();
      before(name, method);
      const entries = this.#open(name) as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      return structuredClone(await entries[method]!(...structuredClone(args)));
    };
    const methods = ["getMany", "commit", "list", "prepare", "finish", "outcome"] as const;
    return Object.fromEntries(
      methods.map((method) => [method, call(method)]),
    ) as unknown as RemoteEntries;
  }

  #open(name: string): DurableObjectEntries {
    const database = this.#databases.get(name) ?? new DatabaseSync(":memory:");
    this.#databases.set(name, database);
    const entries = this.#entries.get(name) ??
      new DurableObjectEntries(storageOver(database), this.clock);
    this.#entries.set(name, entries);
    return entries;
  }
}
