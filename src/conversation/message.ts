/** Who speaks. What APIs call `developer` is `system` here. */
export type Role = "system" | "user" | "assistant";

/** One message of a conversation: plain text. */
export interface Message {
  readonly role: Role;
  readonly text: string;
  /** What is known of a text of any length that was read and not kept. Then `text` is empty. */
  readonly ingested?: IngestedText | undefined;
}

/** A text that was read and not kept. */
export interface IngestedText {
  /** Bytes of its UTF-8. */
  readonly bytes: number;
  /** Tokens that it was read as. */
  readonly tokens: number;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly sha256: string;
}
