/** Who speaks. What APIs call `developer` is `system` here. */
export type Role = "system" | "user" | "assistant";

/** One message of a conversation: plain text. */
export interface Message {
  readonly role: Role;
  readonly text: string;
}
