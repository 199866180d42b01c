import type { Message } from "../prompt/message.ts";
import type { AnswerForm } from "../prompt/answer_form.ts";
import { breakLines, type ChatTemplate } from "../prompt/template.ts";
import type { ToolFormat } from "../prompt/tool_format.ts";
import { openAnswer } from "../prompt/thinking.ts";
import type { TurnInput, TurnRequest } from "./turn.ts";

/** How the given beginning of an answer is read. */
export interface PrefillText {
  /** What is read as part of the prompt. Empty if the beginning is blank: then the answer begins as any other. */
  readonly read: string;
  /** Spaces and tabs at its end, which the first tokens of the answer have to spell instead (token healing). */
  readonly lead: string;
}

/**
 * Prepares the beginning of an answer for the model: line ends and blank lines as in any message, white space at its
 * end kept.
 *
 * Models write a space as the first character of a word's token. After a prompt that ends in a space they would write
 * a second one, so spaces and tabs at the end are left for the first token of the answer to begin with.
 *
 * @param heals whether they are; a grammar says by itself where spaces go
 * @param paragraphs whether blank lines stay, for models that answer in paragraphs
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(prefillText("Your name is ", true), { read: "Your name is", lead: " " });
 * assert.deepEqual(prefillText("Your name is ", false), { read: "Your name is ", lead: "" });
 * ```
 */
export function prefillText(text: string, heals: boolean, paragraphs = false): PrefillText {
  const lines = paragraphs ? text.toWellFormed().replace(/\r\n?/g, "\n") : breakLines(text);
  const read = lines.trimStart();
  const end = heals ? read.length - /[ \t]*$/.exec(read)![0].length : read.length;
  return { read: read.slice(0, end), lead: read.slice(end) };
}

/**
 * Merges each message that continues another one with it, so that what was written in several turns is one message
 * again: with the text, and the name by which its state is found, that it has when a client sends it back whole.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(
 *   joinContinued([
 *     { role: "assistant", text: "Your name" },
 *     { role: "assistant", text: " is Sarah.", continues: true },
 *   ]),
 *   [{ role: "assistant", text: "Your name is Sarah." }],
 * );
 * ```
 */
export function joinContinued(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const { continues, ...message } of messages) {
    const before = joined.at(-1);
    if (!continues || before?.role !== "assistant") joined.push(message);
    else joined[joined.length - 1] = { ...before, ...message, text: before.text + message.text };
  }
  return joined;
}

/** Whether an answer can go on in this message: it is the assistant's, and no call, which is whole as it is. */
export function canContinue(message: Message | undefined): message is Message {
  return message?.role === "assistant" && message.tool === undefined;
}

/**
 * Whether a text begins a call, or may: where functions can be called it is no beginning of a text, and the call could
 * not be told from what the answer adds to it.
 */
export function beginsCall(text: string, { marker }: Pick<ToolFormat, "marker">): boolean {
  const read = text.trimStart();
  return read !== "" && (read.startsWith(marker) || marker.startsWith(read));
}

/** The message that the answer continues, if the request ends with one. */
function prefillOf(
  { messages, readOnly = false, newAnswer = false }: Pick<
    TurnRequest,
    "messages" | "readOnly" | "newAnswer"
  >,
): Message | undefined {
  const last = messages.at(-1);
  return !readOnly && !newAnswer && canContinue(last) ? last : undefined;
}

/**
 * Where the grammar of a form begins, if the answer continues a message: in that message, if it may be the beginning of
 * a JSON value of the form, and at the continuation otherwise. Of forms that allow any text it always is the
 * continuation: any message could be the beginning of a text, and no call could follow.
 */
export function grammarFrom(form: AnswerForm | undefined): NonNullable<TurnRequest["grammarFrom"]> {
  const json = form?.type === "json" || (form?.type === "calls" && form.schema !== undefined);
  return json ? "answer" : "continuation";
}

/** The beginning of an answer that is given. */
export interface StartedAnswer extends PrefillText {
  readonly message: Message;
  /** Whether the state has not read it. */
  readonly unread: boolean;
}

/** Messages for which a start is looked for. */
export interface Wanted {
  /** All of them, but for the one that the answer continues. */
  readonly messages: readonly Message[];
  readonly prefill: Message | undefined;
}

/** Says which message the answer continues, if it continues one. */
interface WithPrefill {
  readonly prefill?: StartedAnswer;
}

/** Separates a message that the answer continues from those before it. */
export function wantedOf(
  input: Pick<TurnInput, "readOnly" | "newAnswer">,
  messages: readonly Message[],
): Wanted {
  const prefill = prefillOf({ ...input, messages });
  return { messages: prefill === undefined ? messages : messages.slice(0, -1), prefill };
}

/** Whether something is to be read behind what the user said last, before the answer's label: a request for thoughts. */
export function asksUser({ opening = {} }: Pick<TurnInput, "opening">): boolean {
  return (openAnswer(opening)?.request ?? "") !== "";
}

/** What a start says of the message that the answer continues. */
export function startOf(
  { grammar }: TurnInput,
  { prefill: message }: Wanted,
  { thinks }: Pick<ChatTemplate, "thinks">,
): WithPrefill {
  if (message === undefined) return {};
  const text = prefillText(message.text, grammar === undefined, thinks);
  return { prefill: { message, ...text, unread: text.read !== "" } };
}

/** The same, once the state has read it. */
export function readPrefill({ prefill }: WithPrefill): WithPrefill {
  return prefill === undefined ? {} : { prefill: { ...prefill, unread: false } };
}
