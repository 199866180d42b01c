import type { Piece } from "../../engine/generate.ts";
import { answerLogprobs, parseAnswer, replyIds } from "../../response/answer_items.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { wireLogprobs } from "../answers/logprobs.ts";
import type { RunEnd } from "../../tree/run.ts";
import { readingOf, type ResponseHead } from "./asked.ts";

/** How far an item, or a whole response, got. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** Tokens of a text, and how likely they were. */
export type WireLogprobs = ReturnType<typeof wireLogprobs>;

/** An `output_text` content part. */
export function outputText(text: string, logprobs: WireLogprobs = []) {
  return { type: "output_text", text, annotations: [], logprobs };
}

/** The `message` item of an answer, with its content parts. */
export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly ReturnType<typeof outputText>[],
) {
  return { type: "message", id, status, role: "assistant", content };
}

/** A `reasoning_text` content part. */
export function reasoningText(text: string) {
  return { type: "reasoning_text", text };
}

/** A `reasoning` item, which is what a model thought. There is no summary of it: it is there itself. */
export function reasoningItem(
  id: string,
  status: ItemStatus,
  content: readonly ReturnType<typeof reasoningText>[],
) {
  return { type: "reasoning", id, status, summary: [], content, encrypted_content: null };
}

/** A `function_call` item. */
export function callItem(
  id: string,
  status: ItemStatus,
  call: { readonly callId: string; readonly name: string; readonly arguments: string },
) {
  const { callId: call_id, name, arguments: json } = call;
  return { type: "function_call", id, call_id, name, arguments: json, status };
}

/** The item that stands for all that a response has read. */
export function compactionItem(response: string) {
  return {
    type: "compaction",
    id: response.replace(/^resp_/, "cmp_"),
    encrypted_content: response,
  };
}

/** The item of a state that its client keeps. There is none in OpenAI's API. */
function stateItem(id: string, encrypted: string) {
  return { type: "state", id, encrypted_content: encrypted };
}

/** The end of a response whose state is given to its client. */
export type SealedEnd = Extract<RunEnd, { type: "end" }> & { readonly sealed?: string };

/** The state of a response, after all other items of its output. */
export function sealedItems({ stateId }: ResponseHead, { sealed }: SealedEnd) {
  return stateId === undefined || sealed === undefined ? [] : [stateItem(stateId, sealed)];
}

/** An item of the output. */
export type OutputItem =
  | ReturnType<typeof messageItem>
  | ReturnType<typeof callItem>
  | ReturnType<typeof reasoningItem>
  | ReturnType<typeof compactionItem>
  | ReturnType<typeof stateItem>;

/**
 * The items of an answer, as far as it is there.
 *
 * @param ended whether there is no more to come; then there is an item even if it has no text
 * @param status of what is not there whole
 */
export function outputItems(
  head: ResponseHead,
  tokenizer: Tokenizer,
  pieces: readonly Piece[],
  ended: boolean,
  status: ItemStatus,
): OutputItem[] {
  const { id, formerly = id, readOnly } = head;
  if (readOnly === "compaction" && ended) return [compactionItem(id)];
  if (readOnly) return [];
  const ids = replyIds(formerly);
  const answer = pieces.map(({ text }) => text).join("");
  const parsed = parseAnswer(readingOf(head), answer, ended);
  const { thoughts, thoughtOut, text, calls } = parsed;
  const thought = thoughts === ""
    ? []
    : [reasoningItem(ids.thoughts, thoughtOut ? "completed" : status, [reasoningText(thoughts)])];
  if (calls.length > 0) {
    const called = calls.map((call, index) =>
      callItem(ids.call(index), call.whole ? "completed" : status, {
        ...call,
        callId: ids.callId(index),
      })
    );
    return [...thought, ...called];
  }
  if (text === "" && !(ended && (answer === "" || thoughtOut))) return thought;
  const logprobs = wireLogprobs(tokenizer, answerLogprobs(readingOf(head), pieces));
  return [...thought, messageItem(ids.message, status, [outputText(text, logprobs)])];
}
