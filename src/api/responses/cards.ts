import { z } from "zod";
import { filedSchema } from "../../chat/filed.ts";
import type { Cards, KnownAnswer } from "../../conversation/portable/cards.ts";
import { response as responseSchema } from "../openapi/replies.ts";
import { cardSchema } from "./card.ts";
import { progressOf, type ResponseHead, responseObject } from "./wire.ts";

const message = z.object({ role: z.enum(["system", "user", "assistant"]), text: z.string() });

/** A card as a file has it. Its head is shown with it, so that what cannot be shown is refused. */
const packedSchema = cardSchema.extend({
  request: z.looseObject({
    input: z.union([z.string(), z.array(message)]),
    instructions: z.string().nullish(),
    previous_response_id: z.string().nullish(),
    conversation: z.string().nullish(),
  }),
});

/** What this API keeps with a response, as it goes through files: the head, in which things have other names then. */
export const responseCards: Cards = {
  pack(request) {
    return filedSchema.parse(request).card;
  },

  unpack(packed, names, answer) {
    if (packed === null) return { card: null, turn: {} };
    const { request, ...card } = packedSchema.parse(packed);
    const head = {
      ...card,
      id: names.response,
      request: {
        ...request,
        ...(request.previous_response_id ? { previous_response_id: names.parent } : {}),
        ...(request.conversation ? { conversation: names.conversation } : {}),
      },
    };
    requireShowable(head as unknown as ResponseHead, answer);
    // What made the answer is not needed again.
    return JSON.parse(JSON.stringify({ card: head, turn: {} }));
  },
};

/** @throws {z.ZodError} unless a response with this head is one as this API describes it. */
function requireShowable(head: ResponseHead, { text, end }: KnownAnswer): void {
  const shown = responseObject(head, progressOf(head, text, end, true));
  responseSchema.parse(JSON.parse(JSON.stringify(shown)));
}
