import type { Piece } from "../../engine/generate.ts";
import type { AnswerPart } from "../../prompt/answer_parser.ts";
import { parserOf, replyIds } from "../../response/answer_items.ts";
import type { TokenLogprobs } from "../../sampling/token_logprobs.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { wireLogprobs } from "../answers/logprobs.ts";
import { formOf, type ResponseHead } from "./asked.ts";
import {
  callItem,
  compactionItem,
  type ItemStatus,
  messageItem,
  outputText,
  type SealedEnd,
  sealedItems,
  type WireLogprobs,
} from "./output.ts";

/** Makes an event, with its number: none if it is left out. */
export type NewEvent = (type: string, fields: () => object) => SseMessage[];

/** The item that is being written. */
type OpenItem =
  | { readonly type: "message"; text: string; readonly logprobs: WireLogprobs }
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
  /** The tokens of text that is held back, or of calls: of those it is not told. */
  #waiting: TokenLogprobs[] = [];
  #open: OpenItem | undefined;
  #index = 0;
  #empty = true;

  constructor(head: ResponseHead, tokenizer: Tokenizer, event: NewEvent) {
    this.#head = head;
    this.#tokenizer = tokenizer;
    this.#event = event;
    this.#ids = replyIds(head.formerly ?? head.id);
    this.#parser = parserOf(formOf(head.request));
  }

  /** Some more of the answer. */
  push({ text, logprobs = [] }: Piece): SseMessage[] {
    this.#empty = false;
    this.#waiting.push(...logprobs);
    return this.#parser.push(text).flatMap((part) => this.#part(part));
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
    if (this.#empty) events.push(...this.#openMessage());
    return [...events, ...this.#close(status)];
  }

  #part(part: AnswerPart): SseMessage[] {
    switch (part.type) {
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
    const events = open.type === "message"
      ? this.#closeMessage(open, status)
      : this.#closeCall(open, status);
    this.#index++;
    return events;
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

  #contentAt() {
    return { item_id: this.#ids.message, output_index: this.#index, content_index: 0 };
  }
}
