import {
  chargeWrites,
  commitWithin,
  type QuotaParts,
  type Quotas,
  UNLIMITED,
} from "../limits/quota.ts";
import { dropWrite } from "../records/blob.ts";
import {
  ConversationBusyError,
  TextNotKeptError,
  UnknownConversationError,
  UnknownItemError,
  UnknownResponseError,
} from "../records/errors.ts";
import { isConversationId } from "../records/ids.ts";
import { bornKey, conversationKey, headKey, refKey, refPrefix } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { freeNow, releaseWrite } from "../tree/remove.ts";
import { ancestry, loadNode } from "../tree/response_node.ts";
import type { Item } from "../tree/transcript.ts";
import {
  type ConversationPage,
  type ConversationQuery,
  listConversations,
  shown,
  type ShownConversation,
} from "./conversation_list.ts";
import {
  type Conversation,
  conversationBytes,
  conversationSchema,
  conversationWrite,
} from "./conversation_record.ts";
import { type ConversationTree, conversationTree } from "./conversation_tree.ts";
import { type FoundHead, headSchema, listingWrites, readHead } from "./head.ts";
import { allItems, itemsBackwards, pendingItems } from "./items.ts";
import { endsOf, type HeadMove, moveHead } from "./move_head.ts";
import {
  pointAfter,
  type PointInConversation,
  type StoppedPoint,
} from "./point_in_conversation.ts";
import { hasReceipt } from "./receipt.ts";

/** The most unanswered responses deleted in the same commit as their conversation, which has to stay small. */
const STOPPED_AT_ONCE = 100;

/** What clients can set on a conversation. */
export interface ConversationNotes {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** `null`: the title is derived from the first user message. */
  readonly title?: string | null | undefined;
}

/** A response from which a conversation continues. */
export interface FromResponse {
  /** The response's id. */
  readonly response: string;
  readonly stopped: StoppedPoint;
}

/** The end of one branch of a conversation. */
export interface Branch {
  /** The last response of the branch. */
  readonly id: string;
  /** Whether it is the head of the conversation. */
  readonly current: boolean;
  /** Created at, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Tokens that its state has read. */
  readonly tokens: number;
}

/** The head of a conversation without responses. */
const NOWHERE = { head: null, branches: [], running: null, pending: null };

/** The most nested forks that are examined. */
const MAX_FORKS = 64;

/**
 * Conversations: pointers into the tree of responses. Forking and rewinding only move pointers; responses are immutable
 * and shared.
 */
export class Conversations {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #quotas: Quotas;

  constructor({ store, now, quotas = () => UNLIMITED }: QuotaParts) {
    this.#store = store;
    this.#now = now;
    this.#quotas = quotas;
  }

  /**
   * Creates a conversation, with items that the first response will read.
   *
   * @throws {QuotaExceededError} if the tenant's quota is exceeded.
   */
  async create(
    tenant: string,
    id: string,
    { metadata = {}, title = null }: ConversationNotes,
    items: readonly Item[],
    at: string | null = null,
    options?: StoreOptions,
    forkOf?: Conversation["forkOf"],
  ): Promise<Conversation> {
    const createdAt = this.#now();
    const charged = conversationBytes(metadata, title);
    const record = {
      id,
      createdAt,
      metadata: { ...metadata },
      title,
      charged,
      ...(forkOf === undefined ? {} : { forkOf }),
    };
    await this.#move(tenant, id, {
      from: { head: headSchema.parse(NOWHERE), version: undefined },
      to: { ...NOWHERE, branches: [], head: at },
      pending: items,
      more: [
        conversationWrite(tenant, record),
        { key: bornKey(tenant, createdAt, "conversation", id), value: new Uint8Array() },
      ],
      charge: { conversations: 1, bytes: charged },
    }, options);
    return record;
  }

  /** @throws {UnknownConversationError} */
  async get(tenant: string, id: string, options?: StoreOptions): Promise<Conversation> {
    return (await this.#read(tenant, id, options)).conversation;
  }

  /** A conversation as clients see it. @throws {UnknownConversationError} */
  async show(tenant: string, id: string, options?: StoreOptions): Promise<ShownConversation> {
    const { conversation } = await this.#read(tenant, id, options);
    return shown(conversation, (await readHead(this.#store, tenant, id, options)).head);
  }

  /**
   * A page of a tenant's conversations, by the time of their last change.
   *
   * @throws {UnknownConversationError} if the cursor names an unknown conversation.
   */
  list(
    tenant: string,
    query: ConversationQuery,
    options?: StoreOptions,
  ): Promise<ConversationPage> {
    return listConversations(this.#store, tenant, query, options);
  }

  /**
   * Updates the metadata or the title of a conversation. Fields that are not given stay.
   *
   * @throws {QuotaExceededError} if the tenant's quota is exceeded.
   */
  async update(
    tenant: string,
    id: string,
    notes: ConversationNotes,
    options?: StoreOptions,
  ): Promise<Conversation> {
    const { conversation, check } = await this.#read(tenant, id, options);
    const { metadata = conversation.metadata, title = conversation.title } = notes;
    const charged = conversation.charged === 0 ? 0 : conversationBytes(metadata, title);
    const changed = { ...conversation, metadata: { ...metadata }, title, charged };
    const charge = { bytes: charged - conversation.charged };
    const ok = await commitWithin(this.#store, tenant, this.#quotas(tenant), charge, {
      checks: [check],
      writes: [conversationWrite(tenant, changed)],
    }, options);
    if (!ok) throw new ConversationBusyError(id);
    return changed;
  }

  /**
   * Deletes a conversation, and those of its responses that nothing else refers to.
   *
   * @throws {ConversationBusyError} if a response is running in it.
   */
  async delete(tenant: string, id: string, options?: StoreOptions): Promise<void> {
    const found = await this.#idle(tenant, id, options);
    const { conversation, check } = await this.#read(tenant, id, options);
    const { pending } = found.head;
    const ends = endsOf(found.head);
    const stopped = await this.#stopped(tenant, id, options);
    const { charged, createdAt } = conversation;
    const { ok } = await this.#store.commit({
      checks: [{ key: headKey(tenant, id), version: found.version }, check],
      writes: [
        { key: bornKey(tenant, createdAt, "conversation", id), delete: true },
        ...chargeWrites(tenant, {
          bytes: -charged - found.head.charged,
          conversations: charged === 0 ? 0 : -1,
        }),
        { key: headKey(tenant, id), delete: true },
        ...listingWrites(tenant, id, found.head.changedAt, undefined),
        { key: conversationKey(tenant, id), delete: true },
        ...pending === null ? [] : [dropWrite(tenant, pending, this.#now())],
        ...ends.flatMap((end): Write[] => [
          { key: refKey(tenant, end, id), delete: true },
          releaseWrite(tenant, end),
        ]),
        ...stopped.slice(0, STOPPED_AT_ONCE).flatMap((response) =>
          stoppedWrites(tenant, id, response)
        ),
      ],
    }, options);
    if (!ok) throw new ConversationBusyError(id);
    for (const response of stopped.slice(STOPPED_AT_ONCE)) {
      await this.#store.commit({ writes: stoppedWrites(tenant, id, response) }, options);
    }
    // The run of a stopped response refers to its parent.
    for (const freed of [...stopped, ...ends]) await freeNow(this.#store, tenant, freed, options);
  }

  /** The responses of a conversation that ended without an answer. */
  async #stopped(tenant: string, id: string, options?: StoreOptions): Promise<string[]> {
    const refs = await Array.fromAsync(this.#store.list(refPrefix(tenant, id), options));
    return refs.map(({ key }) => key.at(-1)!);
  }

  /** All items, oldest first, including those added since the last response. */
  async items(tenant: string, id: string, options?: StoreOptions): Promise<Item[]> {
    const { head } = await readHead(this.#store, tenant, id, options);
    return await allItems(this.#store, tenant, head, options);
  }

  /** All items, latest first, including those added since the last response. */
  async *backwards(
    tenant: string,
    id: string,
    options?: StoreOptions,
  ): AsyncGenerator<Item["message"]> {
    const { head } = await readHead(this.#store, tenant, id, options);
    for await (const { message } of itemsBackwards(this.#store, tenant, head, options)) {
      yield message;
    }
  }

  /**
   * Adds items, which the next response will read.
   *
   * @param receipt identifies the request; a retry adds nothing
   * @throws {ConversationBusyError} if a response is running.
   */
  async add(
    tenant: string,
    id: string,
    items: readonly Item[],
    receipt?: string,
    options?: StoreOptions,
  ): Promise<void> {
    const from = await this.#idle(tenant, id, options);
    const before = await pendingItems(this.#store, tenant, from.head, options);
    const pending = [...before, ...items];
    await this.#move(tenant, id, { from, to: from.head, pending, receipt }, options);
  }

  /**
   * Removes an item. If a response has read it, the conversation continues from an earlier state, and the next response
   * rereads what came after the item.
   *
   * @throws {UnknownItemError}
   * @throws {TextNotKeptError} if rereading would need a text that was not kept.
   */
  async deleteItem(
    tenant: string,
    id: string,
    item: string,
    options?: StoreOptions,
  ): Promise<void> {
    const from = await this.#idle(tenant, id, options);
    const without = (items: readonly Item[]) => items.filter((other) => other.id !== item);
    const pending = await pendingItems(this.#store, tenant, from.head, options);
    if (without(pending).length < pending.length) {
      const move = { from, to: from.head, pending: without(pending) };
      return await this.#move(tenant, id, move, options);
    }
    const all = await allItems(this.#store, tenant, from.head, options);
    if (without(all).length === all.length) throw new UnknownItemError(item);
    if (without(all).some(({ message }) => message.ingested)) throw new TextNotKeptError("item");
    const { head, branches } = from.head;
    const to = { ...from.head, head: null, branches: [...branches, head!] };
    await this.#move(tenant, id, { from, to, pending: without(all) }, options);
  }

  /**
   * Forks a conversation: creates one that continues from a response of this one, or from its head.
   *
   * @param from the response. Absent: the head
   * @param notes without a title, the fork gets the title of this conversation
   * @throws {UnknownResponseError} if the response does not belong to this conversation.
   */
  async fork(
    tenant: string,
    id: string,
    fork: string,
    from: FromResponse | undefined,
    notes: ConversationNotes,
    options?: StoreOptions,
  ): Promise<Conversation> {
    const { head, items } = from === undefined
      ? await this.#end(tenant, id, options)
      : await this.#point(tenant, id, from, options);
    const { forkOf: origin, title } = await this.show(tenant, id, options);
    const forkOf = { parent: id, root: origin?.root ?? id };
    const named = { ...notes, title: notes.title === undefined ? title : notes.title };
    return await this.create(tenant, fork, named, items, head, options, forkOf);
  }

  /**
   * Whether a conversation is a direct or indirect fork of another. If a fork between the two was deleted, the relation is
   * known only if the other is not a fork itself.
   */
  async isForkOf(
    tenant: string,
    id: string,
    other: string,
    options?: StoreOptions,
  ): Promise<boolean> {
    try {
      for (let at = id, steps = 0; steps < MAX_FORKS; steps++) {
        const { conversation: { forkOf } } = await this.#read(tenant, at, options);
        if (forkOf === undefined) return false;
        if (forkOf.root === other || forkOf.parent === other) return true;
        at = forkOf.parent;
      }
      return false;
    } catch (error) {
      if (error instanceof UnknownConversationError) return false;
      throw error;
    }
  }

  /**
   * Rewinds a conversation to one of its responses, or to its beginning. What came after stays as a branch; items that no
   * response has read are dropped.
   *
   * @param point the response. `null`: the beginning
   * @param receipt identifies the request; a retry does nothing
   * @throws {UnknownResponseError} if the response does not belong to this conversation.
   * @throws {ConversationBusyError} if a response is running.
   */
  async rewind(
    tenant: string,
    id: string,
    point: FromResponse | null,
    receipt?: string,
    options?: StoreOptions,
  ): Promise<void> {
    const { head, items } = point === null
      ? { head: null, items: [] }
      : await this.#point(tenant, id, point, options);
    const from = await this.#idle(tenant, id, options);
    const ends = new Set(endsOf(from.head));
    for await (const passed of ancestry(this.#store, tenant, head, options)) ends.delete(passed.id);
    const to = { ...from.head, head, branches: [...ends] };
    await this.#move(tenant, id, { from, to, pending: items, receipt }, options);
  }

  /** Whether a request with this receipt was applied. */
  hasReceipt(tenant: string, receipt: string, options?: StoreOptions): Promise<boolean> {
    return hasReceipt(this.#store, tenant, receipt, options);
  }

  /** The ends of all branches, the current one first. */
  async branches(tenant: string, id: string, options?: StoreOptions): Promise<Branch[]> {
    const { head } = await readHead(this.#store, tenant, id, options);
    return await Promise.all(
      endsOf(head).map(async (end) => {
        const { createdAt, tokens } = await loadNode(this.#store, tenant, end, options);
        return { id: end, current: end === head.head, createdAt, tokens };
      }),
    );
  }

  /**
   * All branches with all their items.
   *
   * @throws what {@linkcode conversationTree} throws
   */
  tree(tenant: string, id: string, options?: StoreOptions): Promise<ConversationTree> {
    return conversationTree(this.#store, tenant, id, options);
  }

  /**
   * Deletes a branch, and those of its responses that nothing else refers to.
   *
   * @throws {UnknownResponseError} if it is not the end of a branch that can be deleted.
   */
  async deleteBranch(
    tenant: string,
    id: string,
    end: string,
    options?: StoreOptions,
  ): Promise<void> {
    const from = await this.#idle(tenant, id, options);
    const { branches } = from.head;
    if (!branches.includes(end)) throw new UnknownResponseError(end);
    const to = { ...from.head, branches: branches.filter((other) => other !== end) };
    const pending = await pendingItems(this.#store, tenant, from.head, options);
    const more = [releaseWrite(tenant, end)];
    await this.#move(tenant, id, { from, to, pending, more }, options);
    await freeNow(this.#store, tenant, end, options);
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

  #move(tenant: string, id: string, move: HeadMove, options?: StoreOptions): Promise<void> {
    const parts = { store: this.#store, now: this.#now, quotas: this.#quotas };
    return moveHead(parts, tenant, id, move, options);
  }

  async #read(tenant: string, id: string, options: StoreOptions | undefined) {
    const key = conversationKey(tenant, id);
    const entry = isConversationId(id) ? await this.#store.get(key, options) : undefined;
    if (entry === undefined) throw new UnknownConversationError(id);
    const conversation = decodeRecord(conversationSchema, entry.value, id);
    return { conversation, check: { key, version: entry.version } };
  }

  async #end(
    tenant: string,
    id: string,
    options: StoreOptions | undefined,
  ): Promise<PointInConversation> {
    const { head } = await readHead(this.#store, tenant, id, options);
    return { head: head.head, items: await pendingItems(this.#store, tenant, head, options) };
  }

  #point(
    tenant: string,
    id: string,
    { response, stopped }: FromResponse,
    options: StoreOptions | undefined,
  ): Promise<PointInConversation> {
    return pointAfter({ store: this.#store, tenant, id }, response, stopped, options);
  }
}

/** The writes for an unanswered response when its conversation is deleted. */
function stoppedWrites(tenant: string, conversation: string, response: string): Write[] {
  return [
    { key: refKey(tenant, conversation, response), delete: true },
    releaseWrite(tenant, response),
  ];
}
