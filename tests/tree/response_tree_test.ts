import { onEachDenoStore } from "../store/each_deno_store.ts";
import { testConversationStore } from "./response_tree_suite.ts";

onEachDenoStore((store) => `Conversations in ${store}`, (open) => {
  testConversationStore("ResponseTree", open);
});
