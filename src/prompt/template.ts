import type { Message, Role } from "./message.ts";
import type { AnswerOpening } from "./thinking.ts";
import { TOOL_FORMATS, type ToolFormat, writeCalls, writeResult } from "./tool_format.ts";

/** How a conversation becomes the text that a model was trained on. */
export interface ChatTemplate {
  readonly id: string;
  /** What each speaker's line begins with. */
  readonly labels: Readonly<Record<Role, string>>;
  /** How calls of functions are written. */
  readonly tools: ToolFormat;
  /** Whether the model was taught to think between marks, to be asked for that, and to answer in several paragraphs. */
  readonly thinks: boolean;
}

/** What a state has read before a prompt. */
export type ReadBefore = "nothing" | "messages" | "prompt";

const SEPARATOR = "\n\n";

/**
 * The templates of the published models, by the name that a model's config calls them.
 * Source: RWKV-LM, RWKV-v7/RWKV7-G1x-templates.txt, and the model cards of RWKV-4 World and Raven.
 */
export const CHAT_TEMPLATES: Readonly<Record<string, ChatTemplate>> = {
  /** World models from version 5 on, and the embedded model. */
  rwkv_world: template("rwkv_world", "System", "User", "Assistant"),
  /** Models of the G1 series, which think and call functions. */
  rwkv_g1: {
    ...template("rwkv_g1", "System", "User", "Assistant"),
    tools: TOOL_FORMATS.g1,
    thinks: true,
  },
  /** World models of version 4, which were not taught the names above. */
  rwkv4_world: template("rwkv4_world", "Instruction", "Question", "Answer"),
  /** Raven, of version 4. */
  rwkv_raven: template("rwkv_raven", "System", "Bob", "Alice"),
};

function template(id: string, system: string, user: string, assistant: string): ChatTemplate {
  const labels = { system, user, assistant };
  return { id, labels, tools: TOOL_FORMATS.hermes, thinks: false };
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

/**
 * An answer as the template can hold it. Those of models that think have paragraphs; a blank line only ends the turn where
 * a speaker's label follows, as in no answer that a model gave.
 */
function cleanAnswer({ labels, thinks }: ChatTemplate, text: string): string {
  if (!thinks) return cleanText(text);
  const label = new RegExp(`\\n{2,}(?=(?:${Object.values(labels).join("|")}):)`, "g");
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(label, "\n").trim();
}

/** The piece of a prompt that an answer is. */
export function answerPiece(template: ChatTemplate, text: string): string {
  return ` ${cleanAnswer(template, text)}`;
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
  const prompt = renderPrompt(template, SAMPLE, "nothing");
  return JSON.stringify(template.thinks ? [template.id, ...prompt] : prompt);
}

/**
 * The prompt for the next answer, in pieces that are to be encoded one by one. An answer of the model is a piece of
 * its own, so that a conversation read from the start has the token borders of one that went on turn by turn; and so
 * is a system message, so that all conversations that begin with it may go on from one state.
 *
 * @param after what was read before: nothing, whole messages, or a whole prompt, after which an answer is to come
 * @param answered whether there is to be an answer
 * @param begun what the answer begins with, if that is given or asked for. A piece of its own, as an answer is
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
  { prefill = "", opening }: BegunPrompt = {},
): string[] {
  const asked = opening === undefined ? messages : withRequest(messages, opening);
  const pieces = renderUpTo(answered ? "assistant" : undefined, template, asked, after);
  if (prefill !== "") return [...pieces, ` ${prefill}`];
  return opening === undefined || !answered ? pieces : [...pieces, opening.read];
}

/** What a prompt begins an answer with. */
export interface BegunPrompt {
  /** The beginning that the request gives. */
  readonly prefill?: string;
  /** What is asked of the beginning. There is none if it is given. */
  readonly opening?: AnswerOpening | undefined;
}

/** The messages with what the user asks for besides, if the last one is what a user says. */
function withRequest(messages: readonly Message[], { request }: AnswerOpening): readonly Message[] {
  const last = messages.at(-1);
  if (request === "" || last?.role !== "user" || last.tool !== undefined) return messages;
  return [...messages.slice(0, -1), { ...last, text: cleanText(last.text) + request }];
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
  template: ChatTemplate,
  messages: readonly Message[],
  after: ReadBefore,
): string[] {
  if (after === "prompt" && messages.length === 0) return [];
  const { labels, tools } = template;
  const pieces: string[] = [];
  let piece = "";
  const begin = (role: Role) => {
    if (after === "messages" || pieces.length > 0 || piece !== "") piece += SEPARATOR;
    piece += `${labels[role]}:`;
  };
  for (const [index, message] of messages.entries()) {
    const { role, tool } = message;
    const text = wordsOf(message, tools);
    if (after === "prompt" && index === 0) {
      pieces.push(answerPiece(template, text));
      continue;
    }
    if (tool?.type === "call" && messages[index - 1]?.tool?.type === "call") {
      // Calls that follow each other are one answer.
      pieces[pieces.length - 1] += tools.separator + cleanAnswer(template, text);
      continue;
    }
    begin(role);
    if (role === "assistant") {
      pieces.push(piece, answerPiece(template, text));
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

/** What a model reads of a message. Calls and results that another model was told of are worded anew. */
function wordsOf({ text, tool }: Message, format: ToolFormat): string {
  if (tool === undefined) return text;
  const begin = ({ open, resultOpen }: ToolFormat) => tool.type === "call" ? open : resultOpen;
  const other = Object.values(TOOL_FORMATS)
    .some((known) => known.name !== format.name && text.startsWith(begin(known)));
  if (!other || text.startsWith(begin(format))) return text;
  return tool.type === "call" ? writeCalls([tool], format) : writeResult(tool.output, format);
}
