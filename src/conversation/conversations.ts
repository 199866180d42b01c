import type { z } from "zod";
import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { readBlob, splitBlob } from "./blob.ts";
import {
  ConversationBusyError,
  CorruptSnapshotError,
  UnknownConversationError,
  UnknownItemError,
  UnknownResponseError,
} from "./errors.ts";
import { type FoundHead, type Head, headWrite, readHead } from "./head.ts";
import { conversationKey, headKey, nodeKey, refKey } from "./keys.ts";
import { newBlobId } from "./new_blob_id.ts";
import {
  conversationSchema,
  decodeRecord,
  encodeRecord,
  type Item,
  itemsSchema,
  logSchema,
  nodeSchema,
} from "./records.ts";
import { free, releaseWrite } from "./remove.ts";
import { isResponseId } from "./response_id.ts";
import { keysOf, stageChunks } from "./staged_chunks.ts";
import { deleteKeys } from "./staged_chunks.ts";

/** What a conversation is called, and when it was made. */
export type Conversation = z.infer<typeof conversationSchema>;

/** The end of one way that a conversation has taken. */
export interface Branch {
  /** The response that it ends with. */
  readonly id: string;
  /** Whether the conversation goes on from here. */
  readonly current: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Tokens that its state has read. */
  readonly tokens: number;
}

/** As the API makes them. */
const PATTERN = /^conv_[0-9a-f]{48}$/;

/**
 * Conversations: pointers into the tree of responses. To fork or to rewind one only moves pointers; what was said
 * stays as it is for whoever else points to it.
 */
export class Conversations {
  readonly #store: KvStore;
  readonly #now: () => number;

  constructor({ store, now }: { readonly store: KvStore; readonly now: () => number }) {
    this.#store = store;
    this.#now = now;
  }

  /** Makes a conversation, with items that the first response is to read. */
  async create(
    tenant: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
    items: readonly Item[],
    at: string | null = null,
    options?: StoreOptions,
  ): Promise<Conversation> {
    const record = { id, createdAt: this.#now(), metadata: { ...metadata } };
    const head: Head = { head: at, branches: [], running: null, pending: null };
    const found = { head: { ...head, head: null }, version: undefined };
    await this.#move(tenant, id, found, head, items, [{
      key: conversationKey(tenant, id),
      value: encodeRecord(conversationSchema, record),
    }], options);
    return record;
  }

  /** @throws {UnknownConversationError} */
  async get(tenant: string, id: string, options?: StoreOptions): Promise<Conversation> {
    return (await this.#read(tenant, id, options)).conversation;
  }

  /** Gives a conversation other metadata. */
  async update(
    tenant: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
    options?: StoreOptions,
  ): Promise<Conversation> {
    const { conversation, check } = await this.#read(tenant, id, options);
    const changed = { ...conversation, metadata: { ...metadata } };
    const value = encodeRecord(conversationSchema, changed);
    const { ok } = await this.#store.commit({
      checks: [check],
      writes: [{ key: check.key, value }],
    }, options);
    if (!ok) throw new ConversationBusyError(id);
    return changed;
  }

  /**
   * Deletes a conversation, and of its responses those that nothing else needs.
   *
   * @throws {ConversationBusyError} if a response is being added to it.
   */
  async delete(tenant: string, id: string, options?: StoreOptions): Promise<void> {
    const found = await this.#idle(tenant, id, options);
    const { head, branches, pending } = found.head;
    const ends = [...head === null ? [] : [head], ...branches];
    const { ok } = await this.#store.commit({
      checks: [{ key: headKey(tenant, id), version: found.version }],
      writes: [
        { key: headKey(tenant, id), delete: true },
        { key: conversationKey(tenant, id), delete: true },
        ...ends.flatMap((end): Write[] => [
          { key: refKey(tenant, end, id), delete: true },
          releaseWrite(tenant, end),
        ]),
      ],
    }, options);
    if (!ok) throw new ConversationBusyError(id);
    if (pending !== null) await deleteKeys(this.#store, keysOf(tenant, pending), options);
    for (const end of ends) await free(this.#store, tenant, end, options);
  }

  /** Everything that was said, oldest first, and what was added since. */
  async items(tenant: string, id: string, options?: StoreOptions): Promise<Item[]> {
    return await this.#items(tenant, (await readHead(this.#store, tenant, id, options)).head);
  }

  /**
   * Adds items, which the next response will read.
   *
   * @throws {ConversationBusyError} if a response is being added.
   */
  async add(
    tenant: string,
    id: string,
    items: readonly Item[],
    options?: StoreOptions,
  ): Promise<void> {
    const found = await this.#idle(tenant, id, options);
    const pending = await this.#pending(tenant, found.head);
    await this.#move(tenant, id, found, found.head, [...pending, ...items], [], options);
  }

  /**
   * Takes an item out. If a response has read it, the conversation goes on from a state that has not: the next response
   * reads again what came after it.
   *
   * @throws {UnknownItemError}
   */
  async deleteItem(
    tenant: string,
    id: string,
    item: string,
    options?: StoreOptions,
  ): Promise<void> {
    const found = await this.#idle(tenant, id, options);
    const pending = await this.#pending(tenant, found.head);
    const without = (items: readonly Item[]) => items.filter((other) => other.id !== item);
    if (without(pending).length < pending.length) {
      return await this.#move(tenant, id, found, found.head, without(pending), [], options);
    }
    const all = await this.#items(tenant, found.head);
    if (without(all).length === all.length) throw new UnknownItemError(item);
    const { head, branches } = found.head;
    const moved = { ...found.head, head: null, branches: [...branches, head!] };
    await this.#move(tenant, id, found, moved, without(all), [], options);
  }

  /**
   * A new conversation that goes on from a response of this one: from where it is now, if none is named.
   *
   * @throws {UnknownResponseError} if it is none of this conversation.
   */
  async fork(
    tenant: string,
    id: string,
    fork: string,
    response: string | undefined,
    metadata: Readonly<Record<string, string>>,
    options?: StoreOptions,
  ): Promise<Conversation> {
    const { head } = await readHead(this.#store, tenant, id, options);
    const at = response ?? head.head;
    if (response !== undefined) await this.#path(tenant, head, response, options);
    const items = response === undefined ? await this.#pending(tenant, head) : [];
    return await this.create(tenant, fork, metadata, items, at, options);
  }

  /**
   * Makes a conversation go on from one of its responses, or from its beginning. What came after stays as a branch; items
   * that no response has read are dropped.
   *
   * @throws {UnknownResponseError} if it is none of this conversation.
   * @throws {ConversationBusyError} if a response is being added.
   */
  async rewind(
    tenant: string,
    id: string,
    response: string | null,
    options?: StoreOptions,
  ): Promise<void> {
    const found = await this.#idle(tenant, id, options);
    const { head, branches } = found.head;
    const before = response === null ? [] : await this.#path(tenant, found.head, response, options);
    const ends = new Set([...branches, ...head === null ? [] : [head]]);
    for (const passed of before) ends.delete(passed);
    const moved = { ...found.head, head: response, branches: [...ends] };
    await this.#move(tenant, id, found, moved, [], [], options);
  }

  /** The ends of all ways that a conversation has taken, the current one first. */
  async branches(tenant: string, id: string, options?: StoreOptions): Promise<Branch[]> {
    const { head: { head, branches } } = await readHead(this.#store, tenant, id, options);
    const ends = [...head === null ? [] : [head], ...branches];
    return await Promise.all(ends.map(async (end) => {
      const { createdAt, tokens } = await this.#node(tenant, end, options);
      return { id: end, current: end === head, createdAt, tokens };
    }));
  }

  /**
   * Deletes a branch, and of its responses those that nothing else needs.
   *
   * @throws {UnknownResponseError} if it is none that the conversation could do without.
   */
  async deleteBranch(
    tenant: string,
    id: string,
    end: string,
    options?: StoreOptions,
  ): Promise<void> {
    const found = await this.#idle(tenant, id, options);
    const { branches } = found.head;
    if (!branches.includes(end)) throw new UnknownResponseError(end);
    const left = { ...found.head, branches: branches.filter((other) => other !== end) };
    const pending = await this.#pending(tenant, found.head);
    await this.#move(tenant, id, found, left, pending, [releaseWrite(tenant, end)], options);
    await free(this.#store, tenant, end, options);
  }

  async #idle(
    tenant: string,
    id: string,
    options: StoreOptions | undefined,
  ): Promise<FoundHead> {
    const found = await readHead(this.#store, tenant, id, options);
    if (found.head.running !== null) throw new ConversationBusyError(id);
    return found;
  }

  /** Moves a head, and says to the nodes who needs them. */
  async #move(
    tenant: string,
    id: string,
    { head: from, version }: { readonly head: Head; readonly version: string | undefined },
    to: Head,
    pending: readonly Item[],
    more: readonly Write[],
    options: StoreOptions | undefined,
  ): Promise<void> {
    const ends = ({ head, branches }: Head) => new Set([...head ? [head] : [], ...branches]);
    const [before, after] = [ends(from), ends(to)];
    const checks: Check[] = [{ key: headKey(tenant, id), version }];
    const refs: Write[] = [];
    for (const end of after.difference(before)) {
      // It must still be there when it is referred to.
      const entry = await this.#store.get(nodeKey(tenant, end), options);
      if (entry === undefined || decodeRecord(nodeSchema, entry.value, end).deleted) {
        throw new UnknownResponseError(end);
      }
      checks.push({ key: entry.key, version: entry.version });
      refs.push({ key: refKey(tenant, end, id), value: new Uint8Array() });
    }
    for (const end of before.difference(after)) {
      refs.push({ key: refKey(tenant, end, id), delete: true });
    }
    const blob = pending.length === 0 ? undefined : await splitBlob(
      tenant,
      newBlobId(),
      encodeRecord(itemsSchema, [...pending]),
    );
    const staged = await stageChunks(
      this.#store,
      tenant,
      blob === undefined ? [] : [blob],
      this.#now(),
      options,
    );
    const head = { ...to, pending: blob?.blob ?? null };
    const { ok } = await this.#store.commit({
      checks: [...checks, ...staged.checks],
      writes: [...staged.writes, headWrite(tenant, id, head), ...refs, ...more],
    }, options);
    if (!ok) throw new ConversationBusyError(id);
    if (from.pending !== null) await deleteKeys(this.#store, keysOf(tenant, from.pending), options);
  }

  async #read(tenant: string, id: string, options: StoreOptions | undefined) {
    const key = conversationKey(tenant, id);
    const entry = PATTERN.test(id) ? await this.#store.get(key, options) : undefined;
    if (entry === undefined) throw new UnknownConversationError(id);
    const conversation = decodeRecord(conversationSchema, entry.value, id);
    return { conversation, check: { key, version: entry.version } };
  }

  async #node(tenant: string, id: string, options?: StoreOptions) {
    const entry = isResponseId(id)
      ? await this.#store.get(nodeKey(tenant, id), options)
      : undefined;
    if (entry === undefined) throw new UnknownResponseError(id);
    return decodeRecord(nodeSchema, entry.value, id);
  }

  /**
   * A response and all before it.
   *
   * @throws {UnknownResponseError} if it is on no way that the conversation has taken.
   */
  async #path(
    tenant: string,
    { head, branches }: Head,
    response: string,
    options: StoreOptions | undefined,
  ): Promise<string[]> {
    const path: string[] = [];
    if (isResponseId(response)) {
      for (const end of [head, ...branches]) {
        for (let at = end; at !== null && path.length === 0;) {
          if (at === response) path.push(at);
          at = (await this.#node(tenant, at, options)).parent;
          while (path.length > 0 && at !== null) {
            path.push(at);
            at = (await this.#node(tenant, at, options)).parent;
          }
        }
      }
    }
    if (path.length === 0) throw new UnknownResponseError(response);
    return path;
  }

  async #pending(tenant: string, { pending }: Head): Promise<Item[]> {
    if (pending === null) return [];
    const bytes = await readBlob(this.#store, tenant, pending);
    return decodeRecord(itemsSchema, bytes, pending.id);
  }

  async #items(tenant: string, head: Head): Promise<Item[]> {
    const turns: Item[][] = [await this.#pending(tenant, head)];
    for (let at = head.head; at !== null;) {
      const { log, parent } = await this.#node(tenant, at);
      const bytes = await readBlob(this.#store, tenant, log);
      const { messages, itemIds } = decodeRecord(logSchema, bytes, log.id);
      turns.push(messages.map((message, index) => {
        const id = itemIds[index];
        if (id === undefined) throw new CorruptSnapshotError(log.id, "a message has no name");
        return { id, message };
      }));
      at = parent;
    }
    return turns.reverse().flat();
  }
}
