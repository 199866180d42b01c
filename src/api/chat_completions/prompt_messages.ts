import type { Message } from "../../prompt/message.ts";
import { addPrompt, answerText, toolMessage, toolsPrompt } from "../../prompt/tools.ts";
import type { SentMessage } from "../requests/messages.ts";
import { type ChatCompletionRequest, toolRequest } from "./schema.ts";

/** The messages that the model reads for a chat completion, with a description of the tools. */
export function promptMessages(request: ChatCompletionRequest): readonly Message[] {
  const tools = toolRequest(request);
  // Calls and their results are text to it like any other.
  const messages = request.messages.map(promptMessage)
    .map(({ role, text }): Message => ({ role, text }));
  return tools ? addPrompt(messages, toolsPrompt(tools)) : messages;
}

/** A message that was sent, as the model reads it. */
export function promptMessage({ role, text, calls = [], result }: SentMessage): Message {
  return result === undefined ? { role, text: answerText(text, calls) } : toolMessage(result);
}
