/**
 * The parts of the API's objects that the page uses.
 *
 * @module
 */

/** The log probability of a token, and the likeliest alternatives. */
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
  | FunctionCall
  | FunctionCallOutput;

/** A call of a function, whose result the client is to send. */
export interface FunctionCall {
  readonly type: "function_call";
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** The result of a call. */
export interface FunctionCallOutput {
  readonly type: "function_call_output";
  readonly id: string;
  readonly call_id: string;
  readonly output: string;
}

/** Numbers of tokens of a turn. */
export interface Usage {
  readonly input_tokens: number;
  readonly input_tokens_details: { readonly cached_tokens: number };
  readonly output_tokens: number;
}

/** A response. */
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

/** A conversation with all its branches. */
export interface Tree {
  readonly id: string;
  readonly head: string | null;
  readonly running: string | null;
  readonly pending: readonly Item[];
  readonly data: readonly TreeNode[];
}

/** A conversation in the list. */
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

/** A model with its defaults. */
export interface Model {
  readonly id: string;
  readonly max_output_tokens: number;
  readonly default_sampling: Readonly<Record<string, number>>;
}

/** A state, with root mean squares by layer and head. */
export interface StateObject {
  readonly version: string;
  readonly bytes: number;
  readonly tokens: number;
  readonly wkv: readonly (readonly number[])[];
  readonly shift: readonly (readonly number[])[];
}

/** The status of an ingest. */
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
  /** An item that begins. */
  readonly item?: Item;
  readonly delta?: string;
  readonly logprobs?: readonly TokenLogprob[];
  readonly response?: ResponseObject;
  readonly message?: string;
}

/** An input item of a request. */
export type InputItem =
  | { readonly role: string; readonly content: string }
  | Omit<FunctionCallOutput, "id">
  | Item;

/** The text of an item, empty if it has none. */
export function textOf(item: Item): string {
  return item.type === "message" ? item.content.map(({ text }) => text).join("") : "";
}

/** The result of a function call, as an input item. */
export function resultOf({ call_id }: FunctionCall, output: string): InputItem {
  return { type: "function_call_output", call_id, output };
}

/** A message that is not stored yet. */
export function message(role: "user" | "assistant", text: string, id = ""): Item {
  return { type: "message", id, role, content: [{ type: "text", text }] };
}

/** Converts an item to an input item. */
export function asInput(item: Item): InputItem {
  switch (item.type) {
    case "message":
      return { role: item.role, content: textOf(item) };
    case "function_call_output":
      return { type: item.type, call_id: item.call_id, output: item.output };
    default:
      return item;
  }
}
