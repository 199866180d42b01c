import type { Piece } from "../../engine/generate.ts";
import { type AnswerPart, isThought } from "../../prompt/answer_parser.ts";
import { parserOf, replyIds } from "../../response/answer_items.ts";
import type { TokenLogprobs } from "../../sampling/token_logprobs.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { wireLogprobs } from "../answers/logprobs.ts";
import { readingOf, type ResponseHead } from "./asked.ts";
import {
  callItem,
  compactionItem,
  type ItemStatus,
  messageItem,
  outputText,
  reasoningItem,
  reasoningText,
  type SealedEnd,
  sealedItems,
  type WireLogprobs,
} from "./output.ts";

/** Makes an event, with its number: none if it is left out. */
export type NewEvent = (type: string, fields: () => object) => SseMessage[];

/** The item that is being written. */
type OpenItem =
  | { readonly type: "message"; text: string; readonly logprobs: WireLogprobs }
  | { readonly type: "reasoning"; text: string }
  | {
    readonly type: "call";
    readonly id: string;
    readonly callId: string;
    readonly name: string;
    arguments: string;
  };

/** The events of the items of an answer: each opens, grows and closes before the next. */
export class OutputEvents {
  readonly #head: ResponseHead;
  readonly #tokenizer: Tokenizer;
  readonly #event: NewEvent;
  readonly #ids: ReturnType<typeof replyIds>;
  readonly #parser: ReturnType<typeof parserOf>;
  /** The tokens of text that is held back, or of calls and thoughts: of those it is not told. */
  #waiting: TokenLogprobs[] = [];
  #open: OpenItem | undefined;
  #index = 0;
  /** Whether there is an item even if nothing more comes: nothing came, or only thoughts that were ended. */
  #isSilent = true;

  constructor(head: ResponseHead, tokenizer: Tokenizer, event: NewEvent) {
    this.#head = head;
    this.#tokenizer = tokenizer;
    this.#event = event;
    this.#ids = replyIds(head.formerly ?? head.id);
    this.#parser = parserOf(readingOf(head));
  }

  /** Some more of the answer. */
  push({ text, logprobs = [] }: Piece): SseMessage[] {
    this.#isSilent = false;
    this.#waiting.push(...logprobs);
    const parts = this.#parser.push(text);
    if (isThought(this.#parser, parts)) this.#waiting = [];
    return parts.flatMap((part) => this.#part(part));
  }

  /** The end of the answer, which may be in the middle of an item. */
  end(status: ItemStatus, end: SealedEnd): SseMessage[] {
    const events = this.#endAnswer(status);
    const states = sealedItems(this.#head, end);
    // What may be long comes once the item is done.
    return [
      ...events,
      ...states.flatMap((item) => this.#whole(item, { ...item, encrypted_content: "" })),
    ];
  }

  #endAnswer(status: ItemStatus): SseMessage[] {
    const { id, readOnly } = this.#head;
    if (readOnly === "compaction") return this.#whole(compactionItem(id));
    if (readOnly) return [];
    const events = this.#parser.end().flatMap((part) => this.#part(part));
    if (this.#isSilent) events.push(...this.#openMessage());
    return [...events, ...this.#close(status)];
  }

  #part(part: AnswerPart): SseMessage[] {
    if (part.type !== "thought" && part.type !== "thought out") this.#isSilent = false;
    switch (part.type) {
      case "thought": {
        const events = this.#open === undefined ? this.#openReasoning() : [];
        const open = this.#open as OpenItem & { type: "reasoning" };
        open.text += part.text;
        events.push(...this.#event("response.reasoning_text.delta", () => ({
          ...this.#contentAt(this.#ids.thoughts),
          delta: part.text,
        })));
        return events;
      }
      case "thought out":
        this.#isSilent = true;
        return this.#close("completed");
      case "content": {
        const events = this.#open === undefined ? this.#openMessage() : [];
        const open = this.#open as OpenItem & { type: "message" };
        const logprobs = wireLogprobs(this.#tokenizer, this.#waiting.splice(0));
        open.text += part.text;
        open.logprobs.push(...logprobs);
        events.push(...this.#event("response.output_text.delta", () => ({
          ...this.#contentAt(),
          delta: part.text,
          logprobs,
        })));
        return events;
      }
      case "called":
        return this.#close("completed");
      case "call": {
        const open = {
          type: "call" as const,
          id: this.#ids.call(part.call),
          callId: this.#ids.callId(part.call),
          name: part.name,
          arguments: "",
        };
        this.#open = open;
        return this.#event("response.output_item.added", () => ({
          output_index: this.#index,
          item: callItem(open.id, "in_progress", { ...open, arguments: "" }),
        }));
      }
      case "arguments": {
        const open = this.#open as OpenItem & { type: "call" };
        open.arguments += part.text;
        return this.#event("response.function_call_arguments.delta", () => ({
          item_id: open.id,
          output_index: this.#index,
          delta: part.text,
        }));
      }
    }
  }

  #openReasoning(): SseMessage[] {
    this.#open = { type: "reasoning", text: "" };
    return [
      ...this.#event("response.output_item.added", () => ({
        output_index: this.#index,
        item: reasoningItem(this.#ids.thoughts, "in_progress", []),
      })),
      ...this.#event("response.content_part.added", () => ({
        ...this.#contentAt(this.#ids.thoughts),
        part: reasoningText(""),
      })),
    ];
  }

  #openMessage(): SseMessage[] {
    this.#open = { type: "message", text: "", logprobs: [] };
    return [
      ...this.#event("response.output_item.added", () => ({
        output_index: this.#index,
        item: messageItem(this.#ids.message, "in_progress", []),
      })),
      ...this.#event("response.content_part.added", () => ({
        ...this.#contentAt(),
        part: outputText(""),
      })),
    ];
  }

  #close(status: ItemStatus): SseMessage[] {
    const open = this.#open;
    if (open === undefined) return [];
    this.#open = undefined;
    const events = this.#closeItem(open, status);
    this.#index++;
    return events;
  }

  #closeItem(open: OpenItem, status: ItemStatus): SseMessage[] {
    switch (open.type) {
      case "message":
        return this.#closeMessage(open, status);
      case "reasoning":
        return this.#closeReasoning(open, status);
      case "call":
        return this.#closeCall(open, status);
    }
  }

  #closeReasoning({ text }: OpenItem & { type: "reasoning" }, status: ItemStatus) {
    const id = this.#ids.thoughts;
    const part = reasoningText(text);
    return [
      ...this.#event("response.reasoning_text.done", () => ({ ...this.#contentAt(id), text })),
      ...this.#event("response.content_part.done", () => ({ ...this.#contentAt(id), part })),
      ...this.#event("response.output_item.done", () => ({
        output_index: this.#index,
        item: reasoningItem(id, status, [part]),
      })),
    ];
  }

  #closeMessage({ text, logprobs }: OpenItem & { type: "message" }, status: ItemStatus) {
    const part = outputText(text, logprobs);
    return [
      ...this.#event("response.output_text.done", () => ({ ...this.#contentAt(), text, logprobs })),
      ...this.#event("response.content_part.done", () => ({ ...this.#contentAt(), part })),
      ...this.#event("response.output_item.done", () => ({
        output_index: this.#index,
        item: messageItem(this.#ids.message, status, [part]),
      })),
    ];
  }

  #closeCall(call: OpenItem & { type: "call" }, status: ItemStatus) {
    const { id, name, arguments: json } = call;
    return [
      ...this.#event("response.function_call_arguments.done", () => ({
        item_id: id,
        output_index: this.#index,
        name,
        arguments: json,
      })),
      ...this.#event("response.output_item.done", () => ({
        output_index: this.#index,
        item: callItem(id, status, call),
      })),
    ];
  }

  /** An item that is there at once. */
  #whole(item: object, added: object = item): SseMessage[] {
    const output_index = this.#index++;
    return [
      ...this.#event("response.output_item.added", () => ({ output_index, item: added })),
      ...this.#event("response.output_item.done", () => ({ output_index, item })),
    ];
  }

  #contentAt(item_id = this.#ids.message) {
    return { item_id, output_index: this.#index, content_index: 0 };
  }
}
