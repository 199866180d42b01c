import { z } from "zod";
import { UnknownConversationError, UnknownResponseError } from "../../records/errors.ts";
import type { ApiPorts } from "../http/context.ts";
import { inOwnWords, type RequestKind } from "../requests/accept.ts";
import { RequestNotes } from "../requests/request_notes.ts";
import { headOf } from "../responses/card.ts";
import type { BrowserGrant } from "./browser_tokens.ts";
import { BrowserTokenForbiddenError, InvalidBrowserTokenError } from "./errors.ts";

/** What is done to a conversation. */
export type Access = "read" | "write" | "fork";

/** The fields of a request for an answer that reach beyond what it says itself. */
const reaching = z.looseObject({
  conversation: z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)])
    .nullish(),
  previous_response_id: z.unknown().optional(),
  input: z.unknown().optional(),
  store: z.unknown().optional(),
});

/** Items that say something themselves, and stand for nothing that is stored. */
const OWN_ITEMS: ReadonlySet<unknown> = new Set([
  undefined,
  "message",
  "function_call",
  "function_call_output",
]);

/** What a browser token reaches: its conversation, and perhaps the forks of that. */
export class BrowserScope {
  readonly #ports: Pick<ApiPorts, "conversations" | "responses" | "strict">;
  readonly #grant: BrowserGrant;

  constructor(
    ports: Pick<ApiPorts, "conversations" | "responses" | "strict">,
    grant: BrowserGrant,
  ) {
    this.#ports = ports;
    this.#grant = grant;
  }

  /**
   * @throws {BrowserTokenForbiddenError} if the token does not reach the conversation, or not for this. Whether there is
   * one of this id is not told.
   * @throws {InvalidBrowserTokenError} if the conversation that the token is for is gone
   */
  async require(access: Access, id: string): Promise<void> {
    const { tenant, conversation, forks } = this.#grant;
    const { conversations } = this.#ports;
    await conversations.get(tenant, conversation).catch((error) => {
      if (error instanceof UnknownConversationError) throw new InvalidBrowserTokenError("invalid");
      throw error;
    });
    const own = id === conversation;
    if (access === "fork" && forks === "none") {
      throw new BrowserTokenForbiddenError("This browser token may not fork its conversation.");
    }
    if (access === "write" && own && forks === "only") {
      throw new BrowserTokenForbiddenError(
        "This browser token may add nothing to its conversation itself: fork it first.",
        "conversation",
      );
    }
    if (own) return;
    if (forks !== "none" && await conversations.isForkOf(tenant, id, conversation)) return;
    throw new BrowserTokenForbiddenError(
      "This browser token is for another conversation.",
      "conversation",
    );
  }

  /** @throws {BrowserTokenForbiddenError} if the response was not made in a conversation that the token reaches. */
  async requireResponse(access: Access, id: string): Promise<void> {
    const { conversation } = await this.#ports.responses.get(this.#grant.tenant, id, "look")
      .then((response) => headOf(response).request, (error) => {
        if (error instanceof UnknownResponseError) return { conversation: undefined };
        throw error;
      });
    if (!conversation) {
      throw new BrowserTokenForbiddenError("This browser token is not for this response.");
    }
    await this.require(access, conversation);
  }

  /**
   * Checks the body of a request for an answer, before anything else looks at it: it must name its conversation, and
   * refer to nothing beside it. It is read as the handler will understand it, in whatever words it says so.
   *
   * @param kind what the body is
   * @returns what it says, as far as it is understood yet
   */
  async requireAnswer(
    kind: Pick<RequestKind<unknown>, "translate">,
    body: unknown,
  ): Promise<Readonly<z.infer<typeof reaching>>> {
    const own = inOwnWords(kind, body, this.#ports.strict, new RequestNotes());
    const { success, data } = reaching.safeParse(own);
    if (!success || !data.conversation) {
      throw new BrowserTokenForbiddenError(
        "A browser token is for one conversation: name it as 'conversation'.",
        "conversation",
      );
    }
    if (data.previous_response_id !== undefined && data.previous_response_id !== null) {
      throw new BrowserTokenForbiddenError(
        "A browser token names a conversation, and no response to continue.",
        "previous_response_id",
      );
    }
    const items = Array.isArray(data.input) ? data.input : [];
    const at = items.findIndex((item) => !OWN_ITEMS.has(item?.type));
    if (at >= 0) {
      throw new BrowserTokenForbiddenError(
        "With a browser token, items of an input must be messages, calls or their results.",
        `input[${at}].type`,
      );
    }
    await this.require("write", data.conversation);
    return data;
  }
}
