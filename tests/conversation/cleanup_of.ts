import { Cleanup } from "../../src/conversation/cleanup.ts";
import { ConversationStore } from "../../src/conversation/conversation_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";

/** The cleanup of a store, as a server without quotas does it. */
export function cleanupOf(store: KvStore, now: () => number): Cleanup {
  return new Cleanup({ store, now, conversations: new ConversationStore({ store, now }) });
}
