import type { Conversation } from "../conversation/conversation_record.ts";
import type { Conversations } from "../conversation/conversations.ts";
import { readHead } from "../conversation/head.ts";
import { type Quotas, UNLIMITED } from "../limits/quota.ts";
import { newBlobId } from "../records/ids.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import type { ExpectedStates } from "../tree/snapshot.ts";
import type { Cards } from "./contents.ts";
import { exportConversation } from "./export_conversation.ts";
import { importConversation, type ImportRequest } from "./import_conversation.ts";

/** Dependencies of {@linkcode ConversationFiles}. */
export interface ConversationFilesParts {
  readonly store: KvStore;
  readonly conversations: Conversations;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The models that continue imported states. */
  readonly expected: ExpectedStates;
  readonly cards: Cards;
  /** The quota of each tenant. Absent: unlimited. */
  readonly quotas?: Quotas;
}

/** Exports conversations to files and imports them, possibly in another deployment. */
export class ConversationFiles {
  readonly #parts: ConversationFilesParts;

  constructor(parts: ConversationFilesParts) {
    this.#parts = parts;
  }

  /**
   * Exports a conversation in its current state.
   *
   * @param withRunning whether to include the running response, which must be paused
   * @returns the bytes of the file, generated as they are read
   * @throws {UnknownConversationError} before the first byte
   */
  async export(
    tenant: string,
    id: string,
    withRunning: boolean,
    options?: StoreOptions,
  ): Promise<AsyncGenerator<Uint8Array<ArrayBuffer>>> {
    const { store, conversations } = this.#parts;
    const conversation = await conversations.get(tenant, id, options);
    const { head } = await readHead(store, tenant, id, options);
    return exportConversation(this.#parts, tenant, { conversation, head, withRunning }, options);
  }

  /**
   * Imports a conversation from a file, atomically.
   *
   * @throws {ConversationFileError} if the file is not a conversation file, incomplete or modified
   * @throws {QuotaExceededError} if it exceeds the tenant's quota
   */
  import(request: ImportRequest, options?: StoreOptions): Promise<Conversation> {
    const { quotas = () => UNLIMITED } = this.#parts;
    return importConversation({ ...this.#parts, quotas, newId: newBlobId }, request, options);
  }
}
