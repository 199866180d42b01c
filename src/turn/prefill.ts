import type { Message } from "../prompt/message.ts";
import type { AnswerForm } from "../prompt/answer_form.ts";
import { breakLines, type ChatTemplate } from "../prompt/template.ts";
import type { ToolFormat } from "../prompt/tool_format.ts";
import { openAnswer } from "../prompt/thinking.ts";
import type { TurnInput, TurnRequest } from "./turn.ts";

/** How a prefilled beginning of an answer is read. */
export interface PrefillText {
  /** The part that is read with the prompt. Empty if the prefill is blank: then the answer begins like any other. */
  readonly read: string;
  /** Trailing spaces and tabs, which the first tokens of the answer must spell instead (token healing). */
  readonly lead: string;
}

/**
 * Prepares the prefill of an answer for the model: normalizes line ends and blank lines as in any message, but keeps
 * trailing white space.
 *
 * Models write a space as the first character of a word's token. After a prompt that ends in a space they would write
 * a second one, so spaces and tabs at the end are left for the first token of the answer to begin with.
 *
 * @param heals whether to do so; a grammar decides by itself where spaces go
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
 * Merges each message that continues another one with it, so that an answer made in several turns is one message again,
 * and its state is found under the same name as when a client sends it back whole.
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

/** Whether an answer can continue this message: it is the assistant's, and not a call, which is always complete. */
export function canContinue(message: Message | undefined): message is Message {
  return message?.role === "assistant" && message.tool === undefined;
}

/**
 * Whether a text begins a call, or may. Where functions can be called, such a text is not taken for a prefill: the call
 * could not be detected from the rest of the answer alone.
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
 * Where the grammar of a form begins if the answer continues a message: in that message, if the form is a JSON value
 * that it may begin, else at the continuation. For forms that allow any text it is always the continuation: every
 * message would match as the beginning of a text, and no call could follow.
 */
export function grammarFrom(form: AnswerForm | undefined): NonNullable<TurnRequest["grammarFrom"]> {
  const json = form?.type === "json" || (form?.type === "calls" && form.schema !== undefined);
  return json ? "answer" : "continuation";
}

/** The given beginning of an answer. */
export interface StartedAnswer extends PrefillText {
  readonly message: Message;
  /** Whether the state has still to read it. */
  readonly unread: boolean;
}

/** Messages for which a start is looked for. */
export interface Wanted {
  /** All messages except the one that the answer continues. */
  readonly messages: readonly Message[];
  readonly prefill: Message | undefined;
}

/** Marks the message that the answer continues, if there is one. */
interface WithPrefill {
  readonly prefill?: StartedAnswer;
}

/** Separates the message that the answer continues from those before it. */
export function wantedOf(
  input: Pick<TurnInput, "readOnly" | "newAnswer">,
  messages: readonly Message[],
): Wanted {
  const prefill = prefillOf({ ...input, messages });
  return { messages: prefill === undefined ? messages : messages.slice(0, -1), prefill };
}

/** Whether a request for thoughts is read after the last user message, before the answer's label. */
export function asksUser({ opening = {} }: Pick<TurnInput, "opening">): boolean {
  return (openAnswer(opening)?.request ?? "") !== "";
}

/** The prefill of a start whose state has not read it. */
export function startOf(
  { grammar }: TurnInput,
  { prefill: message }: Wanted,
  { thinks }: Pick<ChatTemplate, "thinks">,
): WithPrefill {
  if (message === undefined) return {};
  const text = prefillText(message.text, grammar === undefined, thinks);
  return { prefill: { message, ...text, unread: text.read !== "" } };
}

/** The prefill of a start whose state has read it. */
export function readPrefill({ prefill }: WithPrefill): WithPrefill {
  return prefill === undefined ? {} : { prefill: { ...prefill, unread: false } };
}
