import type { Message, Role } from "../conversation/message.ts";
import { CALL_SEPARATOR } from "./tool_format.ts";

/** How a conversation becomes the text that a model was trained on. */
export interface ChatTemplate {
  readonly id: string;
  /** What each speaker's line begins with. */
  readonly labels: Readonly<Record<Role, string>>;
}

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
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(/\n{2,}/g, "\n").trim();
}

/**
 * The prompt for the next answer, in pieces that are to be encoded one by one: an answer of the model is a piece of
 * its own, so that a conversation read from the start has the token borders of one that went on turn by turn.
 *
 * @param continued whether the messages follow others that were read before
 * @param answered whether there is to be an answer
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const messages = [{ role: "user", text: "Hi" }] as const;
 * assert.deepEqual(renderPrompt(chatTemplate("rwkv_world"), messages, false), ["User: Hi\n\nAssistant:"]);
 * ```
 */
export function renderPrompt(
  { labels }: ChatTemplate,
  messages: readonly Message[],
  continued: boolean,
  answered = true,
): string[] {
  const pieces: string[] = [];
  let piece = "";
  const begin = (role: Role) => {
    if (continued || pieces.length > 0 || piece !== "") piece += SEPARATOR;
    piece += `${labels[role]}:`;
  };
  for (const [index, { role, text, tool }] of messages.entries()) {
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
    }
  }
  if (answered) begin("assistant");
  return piece === "" ? pieces : [...pieces, piece];
}
