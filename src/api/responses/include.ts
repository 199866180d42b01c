import { z } from "zod";
import { InvalidRequestError } from "../errors/errors.ts";
import { pageQuery } from "../requests/paging.ts";
import { validate } from "../requests/validation.ts";

/** What is asked for to be told how likely the tokens of a text were. */
export const LOGPROBS = "message.output_text.logprobs";

/** What is asked for to be given the state of a response that is not stored. */
export const STATE_CONTENT = "state.encrypted_content";

/**
 * What else may be asked for. All but the first is part of items that no response here has: of tools of the server's own,
 * of images, of reasoning. So whoever asks for it is given all that there is of it. Many clients always do.
 *
 * Source: OpenAI API reference, `include`.
 */
export const INCLUDABLE = [
  LOGPROBS,
  "code_interpreter_call.outputs",
  "computer_call_output.output.image_url",
  "file_search_call.results",
  "message.input_image.image_url",
  "reasoning.encrypted_content",
  "web_search_call.action.sources",
  "web_search_call.results",
] as const;

/** Names in one list: each may come once or twice. */
export const MAX_INCLUDED = 2 * (INCLUDABLE.length + 1);

const included = z.array(z.enum(INCLUDABLE)).max(MAX_INCLUDED);

/** A list in a query, as `include=A&include=B`, or as OpenAI's clients write it: `include[]=A&include[]=B`. */
export const includeQuery = { include: included.optional() };

/** How one item is asked for. None has more to it than is told anyway. */
export const itemQuery = z.strictObject(includeQuery);

/** How items are listed. */
export const itemsQuery = pageQuery.extend(includeQuery);

/**
 * What a schema with {@linkcode includeQuery} makes of a query.
 *
 * @throws {InvalidRequestError} that names the first parameter at fault
 */
export function validateQuery<T>(
  schema: z.ZodType<T>,
  queries: Readonly<Record<string, readonly string[]>>,
): T {
  const { include = [], "include[]": bracketed = [], ...others } = queries;
  const list = [...include, ...bracketed];
  const single = Object.fromEntries(
    Object.entries(others).map(([name, values]) => [name, values[0]]),
  );
  return validate(schema, { ...single, ...(list.length > 0 ? { include: list } : {}) });
}

/**
 * Refuses to tell of a stored response how likely its tokens were, where that was not kept.
 *
 * @throws {InvalidRequestError}
 */
export function refuseUnkeptLogprobs(
  include: readonly string[] | undefined,
  kept: boolean,
): void {
  if (kept || !include?.includes(LOGPROBS)) return;
  throw new InvalidRequestError(
    "Invalid 'include': how likely the tokens were is only kept if it is asked for when the response is created.",
    "include",
    "invalid_value",
  );
}
