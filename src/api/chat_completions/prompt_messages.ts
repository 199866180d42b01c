import type { ChatService } from "../../turn/turn.ts";
import type { Message } from "../../prompt/message.ts";
import type { AskedOpening } from "../../prompt/thinking.ts";
import type { ToolFormat } from "../../prompt/tool_format.ts";
import {
  addPrompt,
  answerText,
  openingCall,
  toolMessage,
  toolsPrompt,
} from "../../prompt/tools.ts";
import type { ApiPorts } from "../http/context.ts";
import type { SentMessage } from "../requests/messages.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { thinkingOf } from "../requests/thinking.ts";
import { type ChatCompletionRequest, startsNewAnswer, toolRequest } from "./schema.ts";

/** The messages that the model reads for a chat completion, with a description of the tools. */
export function promptMessages(
  request: ChatCompletionRequest,
  format: ToolFormat,
): readonly Message[] {
  const tools = toolRequest(request);
  const messages = inOrderOfCalls(request.messages)
    .map((message) => promptMessage(message, format));
  return tools ? addPrompt(messages, toolsPrompt(tools, format)) : messages;
}

/** The messages, with results that follow each other in the order of the calls that they name. */
export function inOrderOfCalls(messages: readonly SentMessage[]): readonly SentMessage[] {
  const places = new Map<string, number>();
  const ordered: SentMessage[] = [];
  let results: SentMessage[] = [];
  const flush = () => {
    const placeOf = ({ result }: SentMessage) => places.get(result!.callId) ?? Infinity;
    // Those whose call is not known stay where they are, at the end.
    ordered.push(
      ...results.toSorted((a, b) => placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b)),
    );
    results = [];
  };
  for (const message of messages) {
    if (message.result !== undefined) {
      results.push(message);
      continue;
    }
    flush();
    for (const { id } of message.calls ?? []) places.set(id, places.size);
    ordered.push(message);
  }
  flush();
  return ordered;
}

/** A message that was sent, as the model reads it. */
export function promptMessage(
  { role, text, calls = [], result }: SentMessage,
  format: ToolFormat,
): Message {
  if (result !== undefined) return toolMessage(result, format);
  return { role, text: answerText(text, calls, format) };
}

/** How the answer begins: with thoughts, or a call. */
export function openingOf(
  { chat, strict }: Pick<ApiPorts, "strict"> & {
    readonly chat: Pick<ChatService, "effort" | "template">;
  },
  request: ChatCompletionRequest,
  notes: RequestNotes | undefined,
): AskedOpening | undefined {
  const { reasoning_effort: effort, thinking } = request;
  const continues = request.messages.at(-1)?.role === "assistant" && !startsNewAnswer(request);
  const asked = thinkingOf(
    chat,
    { effort, thinking },
    { param: "reasoning_effort", continues, strict, notes },
  );
  const opening = { ...asked, ...openingCall(toolRequest(request), chat.template.tools) };
  return Object.keys(opening).length > 0 ? opening : undefined;
}
