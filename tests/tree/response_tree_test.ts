import { onEachStore } from "../store/each_store.ts";
import { testConversationStore } from "./response_tree_suite.ts";

onEachStore((store) => `Conversations in ${store}`, (open) => {
  testConversationStore("ResponseTree", open);
});
