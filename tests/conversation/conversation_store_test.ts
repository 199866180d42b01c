import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { testConversationStore } from "./conversation_store_suite.ts";

testConversationStore(
  "ConversationStore in memory",
  (now) => Promise.resolve(new MemoryStore({ now })),
);
testConversationStore(
  "ConversationStore in Deno KV",
  (now) => DenoKvStore.open(":memory:", { now }),
);
testConversationStore(
  "ConversationStore in SQLite",
  (now) => SqliteStore.open(":memory:", { now }),
);
