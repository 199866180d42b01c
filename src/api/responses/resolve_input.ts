import type { ResponseService } from "../../response/stored_response.ts";
import { UnknownResponseError } from "../../records/errors.ts";
import type { Message } from "../../prompt/message.ts";
import type { ToolFormat } from "../../prompt/tool_format.ts";
import { replyItems, splitAnswer, thoughtsId } from "../../response/answer_items.ts";
import { ApiError, InvalidRequestError } from "../errors/errors.ts";
import { readingOf } from "./asked.ts";
import { headOf } from "./card.ts";
import { asMessage, type InputItem, isReference, isState } from "./items.ts";

/** An input whose references were looked up. */
export interface ResolvedInput {
  readonly messages: readonly Message[];
  /** Where each of them stands in the input. */
  readonly places: readonly number[];
  /** The compaction that it begins with. */
  readonly compaction?: string;
  /** The last state that its client kept. What comes before it has been read. */
  readonly sealed?: string;
}

/** The id of an item that a response gave out. */
const OUTPUT_ID = /^(?:msg|fc|rs)_([0-9a-f]{48})(?:_\d+)?$/;

/** How an input is resolved. */
export interface Resolving {
  /** Whether there is to be an answer. */
  readonly answered: boolean;
  /** How the model writes calls and reads their results. */
  readonly format: ToolFormat;
}

/**
 * Looks up what the items of an input refer to.
 *
 * @throws {ApiError} if an item does not exist
 * @throws {InvalidRequestError} if there is nothing to answer
 */
export async function resolveInput(
  responses: ResponseService,
  tenant: string,
  input: string | readonly InputItem[],
  { answered, format }: Resolving,
): Promise<ResolvedInput> {
  if (typeof input === "string") return { messages: [{ role: "user", text: input }], places: [0] };
  const [first] = input;
  const at = input.findLastIndex(isState);
  const state = input[at];
  const compaction =
    state === undefined && first && isReference(first) && first.type === "compaction"
      ? { compaction: first.response }
      : {};
  const messages: Message[] = [];
  const places: number[] = [];
  for (const [index, item] of input.entries()) {
    if (index <= at) continue;
    if (isReference(item) && item.type !== "reference") continue;
    const message = isReference(item)
      ? await findItem(responses, tenant, item.id, `input[${index}].id`)
      : asMessage(item, format);
    // No model reads again what it thought.
    if (message === "thoughts") continue;
    messages.push(message);
    places.push(index);
  }
  orderResults(messages, places);
  const last = input.length - 1;
  if (answered && messages.at(-1)?.tool?.type === "call") {
    throw new InvalidRequestError(
      `Invalid 'input[${last}]': the result of the call must come after it.`,
      `input[${last}]`,
      "invalid_value",
    );
  }
  return {
    messages,
    places,
    ...compaction,
    ...(state && isState(state) ? { sealed: state.sealed } : {}),
  };
}

/** What a stored response gave out under this id. */
async function findItem(
  responses: ResponseService,
  tenant: string,
  id: string,
  param: string,
): Promise<Message | "thoughts"> {
  const [, name] = OUTPUT_ID.exec(id) ?? [];
  const found = name === undefined ? undefined : await findReply(responses, tenant, `resp_${name}`);
  const [first] = found ?? [];
  if (first?.message.thoughts !== undefined && thoughtsId(first.id) === id) return "thoughts";
  const item = found?.find((item) => item.id === id);
  if (item === undefined) {
    throw new ApiError(404, "There is no such item.", { param, code: "item_not_found" });
  }
  return item.message;
}

async function findReply(responses: ResponseService, tenant: string, id: string) {
  try {
    const response = await responses.get(tenant, id, "look");
    const head = headOf(response);
    const { readOnly, formerly = id } = head;
    if (readOnly || response.end?.type !== "end") return undefined;
    const { form, thinks } = readingOf(head);
    const answer = response.pieces.map(({ text }) => text).join("");
    return replyItems(formerly, form, splitAnswer(thinks, answer));
  } catch (error) {
    if (error instanceof UnknownResponseError) return undefined;
    throw error;
  }
}

/** A call of a stored answer that made several: which of them it was. */
const CALL_ID = /^call_\w+_(\d+)$/;

/** Puts results that follow each other in the order of the calls that they name, as models are to read them. */
function orderResults(messages: Message[], places: number[]): void {
  const made = new Map<string, number>();
  for (const { tool } of messages) if (tool?.type === "call") made.set(tool.callId, made.size);
  const placeOf = ({ tool }: Message) =>
    made.get(tool!.callId) ?? Number(CALL_ID.exec(tool!.callId)?.[1] ?? Infinity);
  for (let from = 0; from < messages.length; from++) {
    let to = from;
    while (messages[to]?.tool?.type === "result") to++;
    if (to - from < 2) continue;
    const results = messages.slice(from, to).map((message, index) => ({
      message,
      place: places[from + index]!,
      at: placeOf(message),
    }));
    results.sort((a, b) => a.at === b.at ? 0 : a.at - b.at);
    for (const [index, { message, place }] of results.entries()) {
      [messages[from + index], places[from + index]] = [message, place];
    }
    from = to;
  }
}
