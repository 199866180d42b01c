import type { Context } from "hono";
import { readJson } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import type { Access, BrowserScope } from "./browser_scope.ts";
import { BrowserTokenForbiddenError } from "./errors.ts";

/** What a request with a browser token must satisfy. It throws otherwise. */
export type BrowserRule = (
  scope: BrowserScope,
  c: Context<ApiEnv>,
  ports: ApiPorts,
) => Promise<void> | void;

/** Nothing. */
export const anything: BrowserRule = () => {};

/** This access to the conversation in the path. */
export const conversationRule = (access: Access): BrowserRule => (scope, c) =>
  scope.require(access, c.req.param("id") ?? "");

/** This access to the response in the path. */
export const responseRule = (access: Access): BrowserRule => (scope, c) =>
  scope.requireResponse(access, c.req.param("id") ?? "");

/** The body of a response, which the handler reads again. Its schema is loaded lazily. */
export const answerRule: BrowserRule = async (scope, c, { limits }) => {
  const body = await readJson(c.req.raw.clone(), limits.maxBodyBytes);
  const { RESPONSE } = await import("../responses/schema.ts");
  await scope.requireAnswer(RESPONSE, body);
};

/** The body of a chat completion that is not stored beside the conversation. */
export const chatRule: BrowserRule = async (scope, c, { limits }) => {
  const body = await readJson(c.req.raw.clone(), limits.maxBodyBytes);
  const { CHAT_COMPLETION } = await import("../chat_completions/schema.ts");
  const { store } = await scope.requireAnswer(CHAT_COMPLETION, body);
  if (store) {
    throw new BrowserTokenForbiddenError(
      "With a browser token nothing is kept beside the conversation.",
      "store",
    );
  }
};
