import { z } from "zod";
import { filedSchema } from "../../response/stored_response.ts";
import type { Cards, KnownAnswer, NewNames } from "../../portable/contents.ts";
import { ByteTokenizer } from "../../tokenizer/byte_tokenizer.ts";
import { response as responseSchema } from "./replies.ts";
import { cardSchema } from "./card.ts";
import { progressOf, responseObject } from "./wire.ts";
import type { ResponseHead } from "./asked.ts";

const message = z.looseObject({ role: z.enum(["system", "user", "assistant"]), text: z.string() });

/** A card as a file has it. Its head is shown with it, so that what cannot be shown is refused. */
const packedSchema = cardSchema.extend({
  request: z.looseObject({
    input: z.array(message),
    instructions: z.string().nullish(),
    previous_response_id: z.string().nullish(),
    conversation: z.string().nullish(),
  }),
});

/** What this API keeps with a response, as it goes through files: the head, in which things have other names then. */
export function responseCards(): Cards {
  return {
    pack: (request) => filedSchema.parse(request).card,
    unpack,
  };
}

function unpack(
  packed: unknown,
  names: NewNames,
  answer: KnownAnswer,
): z.core.util.JSONType {
  if (packed === null) return { card: null, turn: {} };
  const { request, ...card } = packedSchema.parse(packed);
  const head = {
    ...card,
    id: names.response,
    formerly: card.formerly ?? card.id,
    request: {
      ...request,
      ...(request.previous_response_id ? { previous_response_id: names.parent } : {}),
      ...(request.conversation ? { conversation: names.conversation } : {}),
    },
  };
  requireShowable(head as unknown as ResponseHead, answer);
  // What made the answer is not needed again.
  return JSON.parse(JSON.stringify({ card: head, turn: {} }));
}

/** @throws {z.ZodError} unless a response with this head is one as this API describes it. */
function requireShowable(
  head: ResponseHead,
  { text, end }: KnownAnswer,
): void {
  // There are no tokens in it, so that any tokenizer does.
  const pieces = text === "" ? [] : [{ type: "text" as const, text, tokens: [] }];
  const shown = responseObject(
    head,
    progressOf(head, new ByteTokenizer(), { pieces, end, begun: true }),
  );
  responseSchema.parse(JSON.parse(JSON.stringify(shown)));
}
