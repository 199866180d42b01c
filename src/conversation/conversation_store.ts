import {
  decodeState,
  encodeState,
  StateChecksumError,
  type StatePrecision,
} from "../state/codec.ts";
import type { StateLayout } from "../state/layout.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Key, KvStore, Write } from "../store/kv_store.ts";
import { type BlobOptions, readBlob, writeBlob } from "./blob.ts";
import { CorruptSnapshotError, ResponseExistsError, UnknownResponseError } from "./errors.ts";
import type { Message } from "./message.ts";
import type { PrefixHash } from "./prefix_hash.ts";
import {
  decodeRecord,
  encodeRecord,
  logSchema,
  type Node,
  nodeSchema,
  type Snapshot,
  snapshotSchema,
} from "./records.ts";

/** A day. A prefix state only saves work, so it need not be kept for good. */
const PREFIX_TTL_MS = 24 * 60 * 60 * 1000;

/** What response ids look like. Anything else is unknown, without asking the store. */
const RESPONSE_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** What a {@linkcode ConversationStore} is made of. */
export interface ConversationStoreOptions {
  readonly store: KvStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that the state of a conversation is kept that is not stored as a response. @default {86400000} */
  readonly prefixTtlMs?: number;
}

/** A turn that is over. */
export interface FinishedTurn {
  /** Names all messages that the state has read, the answer included. */
  readonly prefix: PrefixHash;
  readonly state: RecurrentState;
  /** Tokens that the state has read in all. */
  readonly tokens: number;
  readonly modelFingerprint: string;
  readonly precision: StatePrecision;
  /** Given when the turn is a stored response. Otherwise only its state is kept, for a while. */
  readonly response?: {
    readonly id: string;
    readonly parent: string | null;
    readonly instructions: string | null;
    /** What the turn added: the messages of the request, and the answer. */
    readonly messages: readonly Message[];
    readonly engineFingerprint: string;
    readonly seed: number;
  };
}

/**
 * Stored responses and the states after them, in a key-value store.
 *
 * Chunks are written first, then one commit makes the turn visible: after a crash it is there or it is not (I5).
 * Every key begins with the tenant (I6).
 */
export class ConversationStore {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #prefixTtlMs: number;

  constructor({ store, now, prefixTtlMs = PREFIX_TTL_MS }: ConversationStoreOptions) {
    this.#store = store;
    this.#now = now;
    this.#prefixTtlMs = prefixTtlMs;
  }

  /**
   * Stores a turn. It is durable when this resolves.
   *
   * @throws {ResponseExistsError} if the id of its response is taken
   */
  async commitTurn(tenant: string, turn: FinishedTurn): Promise<void> {
    const { response, modelFingerprint, precision } = turn;
    const expireIn = response === undefined ? this.#prefixTtlMs : undefined;
    const options: BlobOptions = { prefix: [tenant], expireIn };
    const encoded = await encodeState(turn.state, { modelFingerprint, precision });
    const snapshot: Snapshot = {
      state: await writeBlob(this.#store, encoded, options),
      tokens: turn.tokens,
    };

    const prefix: Write = {
      key: prefixKey(tenant, turn.prefix),
      value: encodeRecord(snapshot),
      expireIn: this.#prefixTtlMs,
    };
    if (response === undefined) {
      await this.#store.commit({ writes: [prefix] });
      return;
    }

    const { id, messages, instructions, parent, engineFingerprint, seed } = response;
    const node: Node = {
      parent,
      createdAt: this.#now(),
      instructions: await hashInstructions(instructions),
      prefix: turn.prefix,
      snapshot,
      log: await writeBlob(this.#store, encodeRecord({ messages }), options),
      engineFingerprint,
      seed,
    };
    const key = nodeKey(tenant, id);
    const result = await this.#store.commit({
      checks: [{ key, version: undefined }],
      writes: [{ key, value: encodeRecord(node) }, prefix],
    });
    if (!result.ok) throw new ResponseExistsError(id);
  }

  /** @throws {UnknownResponseError} if there is none of this id, or it is another tenant's */
  async node(tenant: string, id: string): Promise<Node> {
    const entry = RESPONSE_ID.test(id) ? await this.#store.get(nodeKey(tenant, id)) : undefined;
    if (entry === undefined) throw new UnknownResponseError(id);
    return decodeRecord(nodeSchema, entry.value, `response ${id}`);
  }

  /** Whether the state of a response has read these instructions, and no others. */
  async hasInstructions(node: Node, instructions: string | null): Promise<boolean> {
    return node.instructions === await hashInstructions(instructions);
  }

  /**
   * All messages of the conversation that a response ends, oldest first, without instructions. This is the one thing
   * that takes longer the longer the conversation is.
   *
   * @throws {UnknownResponseError}
   * @throws {CorruptSnapshotError} if a response on the way is damaged or gone
   */
  async history(tenant: string, id: string): Promise<Message[]> {
    const turns: Message[][] = [];
    for (let at: string | null = id; at !== null;) {
      const node: Node = await this.#ancestor(tenant, at, id);
      const bytes = await readBlob(this.#store, node.log, [tenant]);
      turns.push(decodeRecord(logSchema, bytes, `messages of ${at}`).messages);
      at = node.parent;
    }
    return turns.reverse().flat();
  }

  /**
   * Reads the state of a snapshot.
   *
   * @throws {StateMismatchError} if another model made it
   * @throws {CorruptSnapshotError} if it is damaged or gone
   */
  async loadState(
    tenant: string,
    { state, tokens }: Snapshot,
    expected: { readonly layout: StateLayout; readonly modelFingerprint: string },
  ): Promise<{ state: RecurrentState; tokens: number }> {
    const bytes = await readBlob(this.#store, state, [tenant]);
    try {
      return { state: await decodeState(bytes, expected), tokens };
    } catch (cause) {
      if (!(cause instanceof StateChecksumError)) throw cause;
      throw new CorruptSnapshotError(`state ${state.id}`, cause.message, { cause });
    }
  }

  /**
   * The first of these beginnings that a state is stored for.
   *
   * @param prefixes in the order of preference
   */
  async findPrefix(
    tenant: string,
    prefixes: readonly PrefixHash[],
  ): Promise<{ prefix: PrefixHash; snapshot: Snapshot } | undefined> {
    const entries = await this.#store.getMany(prefixes.map((prefix) => prefixKey(tenant, prefix)));
    const found = entries.findIndex((entry) => entry !== undefined);
    if (found === -1) return undefined;
    const prefix = prefixes[found]!;
    return {
      prefix,
      snapshot: decodeRecord(snapshotSchema, entries[found]!.value, `prefix ${prefix}`),
    };
  }

  async #ancestor(tenant: string, id: string, from: string): Promise<Node> {
    try {
      return await this.node(tenant, id);
    } catch (cause) {
      if (id === from || !(cause instanceof UnknownResponseError)) throw cause;
      throw new CorruptSnapshotError(`response ${from}`, `its ancestor ${id} is gone`, { cause });
    }
  }
}

function nodeKey(tenant: string, id: string): Key {
  return [tenant, "response", id];
}

function prefixKey(tenant: string, prefix: PrefixHash): Key {
  return [tenant, "prefix", prefix];
}

async function hashInstructions(instructions: string | null): Promise<string | null> {
  if (instructions === null) return null;
  const bytes = new TextEncoder().encode(instructions);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
