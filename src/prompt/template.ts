import type { Message, Role } from "./message.ts";
import { CALL_SEPARATOR } from "./tool_format.ts";

/** How a conversation becomes the text that a model was trained on. */
export interface ChatTemplate {
  readonly id: string;
  /** What each speaker's line begins with. */
  readonly labels: Readonly<Record<Role, string>>;
}

/** What a state has read before a prompt. */
export type ReadBefore = "nothing" | "messages" | "prompt";

const SEPARATOR = "\n\n";

/**
 * The templates of the published models, by the name that a model's config calls them.
 * Source: RWKV-LM, RWKV-v7/RWKV7-G1x-templates.txt, and the model cards of RWKV-4 World and Raven.
 */
export const CHAT_TEMPLATES: Readonly<Record<string, ChatTemplate>> = {
  /** World models from version 5 on, G1, and the embedded model. */
  rwkv_world: template("rwkv_world", "System", "User", "Assistant"),
  /** World models of version 4, which were not taught the names above. */
  rwkv4_world: template("rwkv4_world", "Instruction", "Question", "Answer"),
  /** Raven, of version 4. */
  rwkv_raven: template("rwkv_raven", "System", "Bob", "Alice"),
};

function template(id: string, system: string, user: string, assistant: string): ChatTemplate {
  return { id, labels: { system, user, assistant } };
}

/** The config names a template that there is not. */
export class UnknownTemplateError extends Error {
  override readonly name = "UnknownTemplateError";
  constructor(readonly template: string) {
    super(
      `There is no chat template ${template}; there are ${Object.keys(CHAT_TEMPLATES).join(", ")}`,
    );
  }
}

/** @throws {UnknownTemplateError} */
export function chatTemplate(id: string): ChatTemplate {
  if (!Object.hasOwn(CHAT_TEMPLATES, id)) throw new UnknownTemplateError(id);
  return CHAT_TEMPLATES[id]!;
}

/**
 * A message as the template can hold it: a blank line ends a turn, so there is none inside one. What looks like a
 * speaker's label stays text.
 */
export function cleanText(text: string): string {
  return breakLines(text).trim();
}

/** A text whose line ends are LF, without blank lines. White space at its beginning and end stays. */
export function breakLines(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(/\n{2,}/g, "\n");
}

/** Speakers, calls, blank lines and spaces in every order that matters. */
const SAMPLE: readonly Message[] = [
  { role: "system", text: " s\r\n\r\ns " },
  { role: "system", text: "s" },
  { role: "user", text: "\nu\n\n\nu\n" },
  { role: "assistant", text: "a" },
  { role: "user", text: "u" },
  { role: "user", text: "u" },
  ...["a", "b"].map((name): Message => ({
    role: "assistant",
    text: name,
    tool: { type: "call", callId: name, name, arguments: "{}" },
  })),
  { role: "user", text: "r", tool: { type: "result", callId: "a", output: "r" } },
];

/** Tells templates apart by all that they do to messages. States of two with the same signature have read the same. */
export function templateSignature(template: ChatTemplate): string {
  return JSON.stringify(renderPrompt(template, SAMPLE, "nothing"));
}

/**
 * The prompt for the next answer, in pieces that are to be encoded one by one. An answer of the model is a piece of
 * its own, so that a conversation read from the start has the token borders of one that went on turn by turn; and so
 * is a system message, so that all conversations that begin with it may go on from one state.
 *
 * @param after what was read before: nothing, whole messages, or a whole prompt, after which an answer is to come
 * @param answered whether there is to be an answer
 * @param prefill what the answer begins with, if that is given. A piece of its own, as an answer is
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const messages = [{ role: "user", text: "Hi" }] as const;
 * assert.deepEqual(renderPrompt(chatTemplate("rwkv_world"), messages, "nothing"), ["User: Hi\n\nAssistant:"]);
 * ```
 */
export function renderPrompt(
  template: ChatTemplate,
  messages: readonly Message[],
  after: ReadBefore,
  answered = true,
  prefill = "",
): string[] {
  const pieces = renderUpTo(answered ? "assistant" : undefined, template, messages, after);
  return prefill === "" ? pieces : [...pieces, ` ${prefill}`];
}

/**
 * The same up to the label of any speaker, whose text is to follow, or up to the end of the last message.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(renderUpTo("user", chatTemplate("rwkv_world"), [], "messages"), ["\n\nUser:"]);
 * ```
 */
export function renderUpTo(
  last: Role | undefined,
  { labels }: ChatTemplate,
  messages: readonly Message[],
  after: ReadBefore,
): string[] {
  if (after === "prompt" && messages.length === 0) return [];
  const pieces: string[] = [];
  let piece = "";
  const begin = (role: Role) => {
    if (after === "messages" || pieces.length > 0 || piece !== "") piece += SEPARATOR;
    piece += `${labels[role]}:`;
  };
  for (const [index, { role, text, tool }] of messages.entries()) {
    if (after === "prompt" && index === 0) {
      pieces.push(` ${cleanText(text)}`);
      continue;
    }
    if (tool?.type === "call" && messages[index - 1]?.tool?.type === "call") {
      // Calls that follow each other are one answer.
      pieces[pieces.length - 1] += CALL_SEPARATOR + cleanText(text);
      continue;
    }
    begin(role);
    if (role === "assistant") {
      pieces.push(piece, ` ${cleanText(text)}`);
      piece = "";
    } else {
      piece += ` ${cleanText(text)}`;
      if (role === "system") {
        pieces.push(piece);
        piece = "";
      }
    }
  }
  if (last !== undefined) begin(last);
  return piece === "" ? pieces : [...pieces, piece];
}
