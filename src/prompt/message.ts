/** Who speaks. What APIs call `developer` is `system` here. */
export type Role = "system" | "user" | "assistant";

/** What a message is that is not just said: a call of a function, or what came of one. */
export type ToolUse =
  | {
    readonly type: "call";
    readonly callId: string;
    readonly name: string;
    /** JSON. */
    readonly arguments: string;
  }
  | { readonly type: "result"; readonly callId: string; readonly output: string };

/** One message of a conversation. */
export interface Message {
  readonly role: Role;
  /** What the model reads or has written, whole: of a call or a result too. */
  readonly text: string;
  readonly tool?: ToolUse;
  /** Of the assistant's: what it thought before. No model reads it again. */
  readonly thoughts?: string;
  /** Present on an assistant's message that goes on in the one before it: the two are one turn, with nothing between. */
  readonly continues?: true;
  /** Of the assistant's, if its client said so: whether it was said on the way to an answer or is the answer. */
  readonly phase?: "commentary" | "final_answer";
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

/** What a model wrote as an answer, in its two parts. */
export interface SplitAnswer {
  /** Absent: it has not thought. */
  readonly thoughts?: string;
  readonly answer: string;
}
