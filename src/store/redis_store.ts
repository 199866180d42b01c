import { Buffer } from "node:buffer";
import {
  ClientOfflineError,
  createClient,
  ErrorReply,
  type RedisArgument,
  RESP_TYPES,
} from "@redis/client";
import { checkCommit } from "./check_commit.ts";
import { ForeignValueError, StoreClosedError, StoreUnavailableError } from "./errors.ts";
import { decodeKey, encodeRange, encodeValueKey } from "./key.ts";
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "./kv_store.ts";
import { ENTRIES_PER_PAGE } from "./limits.ts";
import { COMMIT_SCRIPT, FORGET_SCRIPT } from "./redis_scripts.ts";
import { refused } from "./refusal.ts";
import { retry } from "./retry.ts";

/** Redis removes what has expired so much later. That it is gone at once is seen to here, by our clock. */
const GRACE_MS = 60_000;

/** Of the patience, what is left for a server that has just exhausted it, until it answers again. */
const PATIENCE_WHEN_HANGING = 1 / 10;

/** Milliseconds between two attempts to connect, at the most. */
const LONGEST_RECONNECT_MS = 500;

/** Options of {@linkcode RedisStore.open}. */
export interface RedisOptions extends StoreOptions {
  /** The time, milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds to wait for one operation, when the server does not answer. A tenth of it once it is known not to. */
  readonly patience?: number;
  /** What the names of all keys in the server begin with. ASCII. */
  readonly namespace?: string;
}

type Client = ReturnType<typeof connection>;

/** The fields of an entry's hash, as Redis gives them: `version`, `expires`, `value`. */
type Fields = readonly [Buffer | null, Buffer | null, Buffer | null];

/**
 * A store in Redis (or what speaks its protocol), which processes on several machines may share. One server: the keys
 * of a commit may be any, which a cluster does not allow.
 *
 * An entry is a hash of version, time of expiry and value; a sorted set holds all keys in order. A commit is one script,
 * which no other command comes between. How durable it is then is the server's to say: `appendfsync always` keeps
 * everything that was reported.
 */
export class RedisStore implements KvStore {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #now: () => number;
  readonly #patience: number;
  /** Whether the server let the last operation wait until patience ended. */
  #hanging = false;
  #closed = false;

  private constructor(client: Client, { namespace, now, patience }: Required<Settings>) {
    this.#client = client;
    this.#namespace = namespace;
    this.#now = now;
    this.#patience = patience;
  }

  /**
   * Connects to a server.
   *
   * @param url `redis://[user:password@]host:port[/database]`, or `rediss:` for TLS
   * @throws {StoreUnavailableError} if it does not answer.
   */
  static async open(url: string, options: RedisOptions = {}): Promise<RedisStore> {
    const { now = Date.now, patience = 10_000, namespace = "tern:", signal } = options;
    const client = connection(url);
    // Without a listener an error of the connection would end the process. Whoever asks next is told.
    client.on("error", () => {});
    try {
      await retry(() => client.connect(), { isTransient: () => false, patience, signal });
      return new RedisStore(client, { namespace, now, patience });
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    this.#requireOpen();
    return await this.#read(keys.map(encodeValueKey), options);
  }

  async commit(commit: Commit, options: StoreOptions = {}): Promise<CommitResult> {
    this.#requireOpen();
    checkCommit(commit);
    const { checks = [], writes } = commit;
    const args: RedisArgument[] = [
      this.#namespace + "entry:",
      String(this.#now()),
      String(checks.length),
    ];
    for (const { key, version = "" } of checks) args.push(toBuffer(encodeValueKey(key)), version);
    for (const write of writes) {
      const key = toBuffer(encodeValueKey(write.key));
      if ("delete" in write) {
        args.push(key, "-", "", "");
        continue;
      }
      if ("add" in write) {
        args.push(key, "+", "", String(write.add));
        continue;
      }
      const { value, expireIn } = write;
      // A copy, for the client holds on to it until it is sent.
      const bytes = Buffer.from(value);
      if (expireIn === undefined) args.push(key, "", "", bytes);
      else args.push(key, String(expireIn + GRACE_MS), String(this.#now() + expireIn), bytes);
    }
    const keys = [this.#namespace + "index", this.#namespace + "version"];
    // Once sent, it may have been made, whatever comes after: doing it again could be wrong.
    const isTransient = (error: unknown) => error instanceof ClientOfflineError || isBusy(error);
    const made = await this.#run(
      ["EVAL", COMMIT_SCRIPT, String(keys.length), ...keys, ...args],
      isTransient,
      options,
    );
    return { ok: made === 1 };
  }

  async *list(prefix: Key, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { limit = Infinity } = options;
    this.#requireOpen();
    const { after, end } = encodeRange(prefix, options.after);
    let last = after;
    for (let left = limit; left > 0;) {
      const range = [toBuffer("(" + last), toBuffer("(" + end)];
      const page = ["LIMIT", "0", String(Math.min(ENTRIES_PER_PAGE, left))];
      const names = await this.#run(
        ["ZRANGEBYLEX", this.#namespace + "index", ...range, ...page],
        isUnanswered,
        options,
      ) as Buffer[];
      if (names.length === 0) return;
      const keys = names.map((name) => name.toString("latin1"));
      for (const [i, entry] of (await this.#read(keys, options)).entries()) {
        if (entry === undefined) {
          await this.#forget(names[i]!, options);
          continue;
        }
        yield entry;
        if (--left <= 0) return;
      }
      last = keys.at(-1)!;
    }
  }

  close(): Promise<void> {
    if (!this.#closed) this.#client.destroy();
    this.#closed = true;
    return Promise.resolve();
  }

  async #read(
    encoded: readonly string[],
    options: StoreOptions | undefined,
  ): Promise<(Entry | undefined)[]> {
    // The client sends them together.
    return await Promise.all(encoded.map(async (key) => {
      const name = toBuffer(this.#namespace + "entry:" + key);
      const fields = ["version", "expires", "value"];
      const found = await this.#run(["HMGET", name, ...fields], isUnanswered, options) as Fields;
      return this.#toLiveEntry(key, found);
    }));
  }

  /** Takes a key out of the index if Redis has removed its entry. */
  async #forget(key: Buffer, options: StoreOptions): Promise<void> {
    const names = [this.#namespace + "index", toBuffer(this.#namespace + "entry:")];
    await this.#run(["EVAL", FORGET_SCRIPT, "1", names[0]!, names[1]!, key], isUnanswered, options);
  }

  #toLiveEntry(encoded: string, [version, expires, value]: Fields): Entry | undefined {
    if (version === null) return undefined;
    const key = decodeKey(encoded);
    if (expires === null || value === null) throw new ForeignValueError(JSON.stringify(key));
    if (expires.length > 0 && Number(expires.toString()) <= this.#now()) return undefined;
    return { key, value: new Uint8Array(value), version: version.toString() };
  }

  async #run(
    command: readonly RedisArgument[],
    isTransient: (error: unknown) => boolean,
    { signal }: StoreOptions = {},
  ): Promise<unknown> {
    const send = () => {
      this.#requireOpen();
      return this.#client.sendCommand(command);
    };
    const patience = this.#patience * (this.#hanging ? PATIENCE_WHEN_HANGING : 1);
    try {
      const reply = await retry(send, { isTransient, patience, signal });
      this.#hanging = false;
      return reply;
    } catch (cause) {
      if (cause instanceof StoreUnavailableError) this.#hanging = true;
      else if (cause instanceof ErrorReply) this.#hanging = false;
      if (this.#closed && !signal?.aborted) throw new StoreClosedError({ cause });
      if (signal?.aborted || !(cause instanceof Error)) throw cause;
      if (cause instanceof ErrorReply && cause.message.startsWith("WRONGTYPE")) {
        throw new ForeignValueError(String(command[1]));
      }
      if (cause instanceof ErrorReply && !isBusy(cause)) throw refused(cause, "Redis");
      if (!isUnanswered(cause) || cause instanceof StoreUnavailableError) throw cause;
      throw new StoreUnavailableError(patience, { cause });
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }
}

type Settings = Pick<RedisOptions, "now" | "patience" | "namespace">;

function connection(url: string) {
  return createClient({
    url,
    // Whoever asks while there is no connection is told, and decides whether to ask again.
    disableOfflineQueue: true,
    socket: {
      // What the server says (a wrong password, say) does not change by asking again.
      reconnectStrategy: (retries, cause) =>
        cause instanceof ErrorReply ? cause : Math.min(LONGEST_RECONNECT_MS, 2 ** retries),
    },
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

/** Whether the server said nothing of use, so that reading may be tried again. */
function isUnanswered(error: unknown): boolean {
  return isBusy(error) || !(error instanceof ErrorReply || error instanceof StoreClosedError);
}

/** Whether the server said that it does nothing for the moment: it reads its file, or runs another script. */
function isBusy(error: unknown): boolean {
  return error instanceof ErrorReply && /^(LOADING|BUSY|MASTERDOWN|TRYAGAIN)\b/.test(error.message);
}

/** The bytes of text whose characters are bytes. */
function toBuffer(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
