import type { Item, StreamEvent, TokenLogprob } from "./wire.ts";

/** An answer in progress. */
export interface Running {
  /** `undefined` until the server has accepted it. */
  id: string | undefined;
  /** The response that it continues. */
  readonly parent: string | null;
  /** The items that it answers. */
  input: readonly Item[];
  text: string;
  /** Thoughts and calls so far, in the order in which they began. Messages are in `text`. */
  output: readonly Item[];
  logprobs: TokenLogprob[];
  /** Whether the user has stopped it before the server accepted it. */
  stopped: boolean;
  readonly abort: AbortController;
}

/** A failed request for an answer. */
export interface Failed {
  readonly input: readonly Item[];
  readonly text: string;
  readonly output: readonly Item[];
  readonly error: string;
  readonly parent: string | null;
}

/** An answer that has no text yet. */
export function beginRunning(parent: string | null, input: readonly Item[]): Running {
  return {
    id: undefined,
    parent,
    input,
    text: "",
    output: [],
    logprobs: [],
    stopped: false,
    abort: new AbortController(),
  };
}

/**
 * Adds an event of a thought or of a call to an answer.
 *
 * @returns whether it was one
 */
export function addToOutput(running: Running, { type, item, delta = "" }: StreamEvent): boolean {
  const { output } = running;
  const last = output.at(-1);
  if (type === "response.output_item.added" && item !== undefined && item.type !== "message") {
    running.output = [...output, item];
  } else if (type === "response.reasoning_text.delta" && last?.type === "reasoning") {
    const text = last.content.map(({ text }) => text).join("") + delta;
    running.output = output.with(-1, { ...last, content: [{ text }] });
  } else if (type === "response.function_call_arguments.delta" && last?.type === "function_call") {
    running.output = output.with(-1, { ...last, arguments: last.arguments + delta });
  } else {
    return false;
  }
  return true;
}
