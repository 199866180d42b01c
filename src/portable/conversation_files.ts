import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import type { Conversations } from "../conversation/conversations.ts";
import type { Conversation } from "../conversation/conversation_record.ts";
import { readHead } from "../conversation/head.ts";
import { newBlobId } from "../records/new_blob_id.ts";
import { type Quotas, UNLIMITED } from "../limits/quota.ts";
import type { ExpectedStates } from "../tree/snapshot.ts";
import type { Cards } from "./cards.ts";
import { exportConversation } from "./export_conversation.ts";
import { importConversation, type ImportRequest } from "./import_conversation.ts";

/** What {@linkcode ConversationFiles} are made of. */
export interface ConversationFilesParts {
  readonly store: KvStore;
  readonly conversations: Conversations;
  readonly now: () => number;
  /** The models that go on from states. */
  readonly expected: ExpectedStates;
  readonly cards: Cards;
  /** What each tenant may keep. Absent: any amount. */
  readonly quotas?: Quotas;
}

/** Conversations as files, which go from one deployment to another. */
export class ConversationFiles {
  readonly #parts: ConversationFilesParts;

  constructor(parts: ConversationFilesParts) {
    this.#parts = parts;
  }

  /**
   * The bytes of a file that holds a conversation, as it is now. What is being answered is not part of it.
   *
   * @throws {UnknownConversationError} before there are any.
   */
  async export(
    tenant: string,
    id: string,
    options?: StoreOptions,
  ): Promise<AsyncGenerator<Uint8Array<ArrayBuffer>>> {
    const { store, conversations } = this.#parts;
    const conversation = await conversations.get(tenant, id, options);
    const { head } = await readHead(store, tenant, id, options);
    return exportConversation(this.#parts, tenant, { conversation, head }, options);
  }

  /**
   * Makes a conversation of such a file. It is there whole or not at all.
   *
   * @throws {ConversationFileError} if the file is none, or not whole, or was changed.
   * @throws {QuotaExceededError} if the tenant may not keep so much.
   */
  import(request: ImportRequest, options?: StoreOptions): Promise<Conversation> {
    const { quotas = () => UNLIMITED } = this.#parts;
    return importConversation({ ...this.#parts, quotas, newId: newBlobId }, request, options);
  }
}
