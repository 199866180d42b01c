import { BROWSER_TOKEN_ROUTES } from "./api/browser_tokens/routes.ts";
import { CHAT_COMPLETION_ROUTES } from "./api/chat_completions/routes.ts";
import { COMPLETION_ROUTES } from "./api/completions/routes.ts";
import { CONVERSATION_ROUTES } from "./api/conversations/routes.ts";
import type { Route } from "./api/http/route.ts";
import { MODEL_ROUTES } from "./api/models/routes.ts";
import { USAGE_ROUTES } from "./api/usage/routes.ts";
import { RESPONSE_ROUTES } from "./api/responses/routes.ts";
import { SERVER_ROUTES } from "./api/server/routes.ts";
import { TOKEN_ROUTES } from "./api/tokens/routes.ts";
import { PAGE_ROUTES } from "./ui/routes.ts";

/** Every route, in the order in which paths are matched and described. */
export const ROUTES: readonly Route[] = [
  ...MODEL_ROUTES,
  ...USAGE_ROUTES,
  ...CHAT_COMPLETION_ROUTES,
  ...COMPLETION_ROUTES,
  ...TOKEN_ROUTES,
  ...RESPONSE_ROUTES,
  ...CONVERSATION_ROUTES,
  ...BROWSER_TOKEN_ROUTES,
  ...PAGE_ROUTES,
  ...SERVER_ROUTES,
];
