/** What a page needs of the API's objects. */

/** How likely a token was, and the likeliest in its place. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top_logprobs?: readonly TokenLogprob[];
}

/** A part of a message. */
export interface Part {
  readonly type: string;
  readonly text: string;
  readonly logprobs?: readonly TokenLogprob[];
}

/** An item of a conversation. */
export type Item =
  | {
    readonly type: "message";
    readonly id: string;
    readonly role: "user" | "assistant" | "system" | "developer";
    readonly content: readonly Part[];
  }
  | {
    readonly type: "ingested_text";
    readonly id: string;
    readonly role: string;
    readonly bytes: number;
    readonly tokens: number;
    readonly sha256: string;
  }
  | {
    readonly type: "reasoning";
    readonly id: string;
    readonly content: readonly { readonly text: string }[];
  }
  | {
    readonly type: "function_call";
    readonly id: string;
    readonly call_id: string;
    readonly name: string;
    readonly arguments: string;
  }
  | {
    readonly type: "function_call_output";
    readonly id: string;
    readonly call_id: string;
    readonly output: string;
  };

/** Tokens of a turn. */
export interface Usage {
  readonly input_tokens: number;
  readonly input_tokens_details: { readonly cached_tokens: number };
  readonly output_tokens: number;
}

/** A response, as its stream and `GET` give it. */
export interface ResponseObject {
  readonly id: string;
  readonly created_at: number;
  readonly status: string;
  readonly instructions: string | null;
  readonly output: readonly Item[];
  readonly error: { readonly message: string } | null;
  readonly usage: Usage | null;
  readonly top_logprobs: number;
}

/** A finished response of a conversation. */
export interface TreeNode {
  readonly id: string;
  readonly parent: string | null;
  readonly created_at: number;
  readonly status: "completed" | "incomplete";
  readonly instructions: string | null;
  readonly tokens: number;
  readonly usage: Usage | null;
  readonly items: readonly Item[];
}

/** All branches of a conversation. */
export interface Tree {
  readonly id: string;
  readonly head: string | null;
  readonly running: string | null;
  readonly pending: readonly Item[];
  readonly data: readonly TreeNode[];
}

/** A conversation of the list. */
export interface Conversation {
  readonly id: string;
  readonly title: string | null;
  readonly updated_at: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A page of the list of conversations. */
export interface ConversationPage {
  readonly data: readonly Conversation[];
  readonly has_more: boolean;
  readonly next: string | null;
}

/** A model, and how it answers where a request does not say. */
export interface Model {
  readonly id: string;
  readonly max_output_tokens: number;
  readonly default_sampling: Readonly<Record<string, number>>;
}

/** The size of a state by layer and head. */
export interface StateObject {
  readonly version: string;
  readonly bytes: number;
  readonly tokens: number;
  readonly wkv: readonly (readonly number[])[];
  readonly shift: readonly (readonly number[])[];
}

/** How far a text is read. */
export interface IngestState {
  readonly status: "in_progress" | "paused" | "completed";
  readonly offset: number;
  readonly tokens: number;
  readonly sha256?: string;
  readonly response_id?: string;
}

/** An event of a response's stream. */
export interface StreamEvent {
  readonly type: string;
  readonly sequence_number?: number;
  readonly delta?: string;
  readonly logprobs?: readonly TokenLogprob[];
  readonly response?: ResponseObject;
  readonly message?: string;
}

/** What a request may have as input. */
export type InputItem = { readonly role: string; readonly content: string } | Item;

/** The text of an item, empty if it has none. */
export function textOf(item: Item): string {
  return item.type === "message" ? item.content.map(({ text }) => text).join("") : "";
}

/** A message that was not stored yet. */
export function message(role: "user" | "assistant", text: string, id = ""): Item {
  return { type: "message", id, role, content: [{ type: "text", text }] };
}

/** An item as a request has it. */
export function asInput(item: Item): InputItem {
  return item.type === "message" ? { role: item.role, content: textOf(item) } : item;
}
