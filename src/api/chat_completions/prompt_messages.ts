import type { Message } from "../../prompt/message.ts";
import { addPrompt, toolsPrompt } from "../../prompt/tools.ts";
import { type ChatCompletionRequest, toolRequest } from "./schema.ts";

/** The messages that the model reads for a chat completion: what it is told of the tools is among them. */
export function promptMessages(request: ChatCompletionRequest): readonly Message[] {
  const tools = toolRequest(request);
  // Calls and their results are text to it like any other.
  const messages = request.messages.map(({ role, text }): Message => ({ role, text }));
  return tools ? addPrompt(messages, toolsPrompt(tools)) : messages;
}
