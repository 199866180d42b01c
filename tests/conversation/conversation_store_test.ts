import { onEachStore } from "../store/each_store.ts";
import { testConversationStore } from "./conversation_store_suite.ts";

onEachStore((store) => `Conversations in ${store}`, (open) => {
  testConversationStore("ConversationStore", open);
});
