import type { IngestedText } from "../prompt/message.ts";

/** How far a text is read. All of it is durable. */
export interface IngestStatus {
  readonly conversation: string;
  readonly status: "in_progress" | "paused" | "completed";
  /** Bytes that were taken in: the next one to send. */
  readonly offset: number;
  /** Tokens that were read of it, with what came before it in the same turn. */
  readonly tokens: number;
  /** What is known of it when it is complete. */
  readonly completed?: {
    readonly response: string;
    readonly item: string;
    readonly text: IngestedText;
  };
}

/** What there is to say of a text that is part of a conversation. */
export function completedStatus(
  conversation: string,
  response: string,
  item: string,
  text: IngestedText,
): IngestStatus {
  const { bytes: offset, tokens } = text;
  return { conversation, status: "completed", offset, tokens, completed: { response, item, text } };
}
