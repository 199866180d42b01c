import type { Api } from "./api.ts";
import { isAnswerNext, type PromptMessage } from "./prompt_messages.ts";
import type { StateObject } from "./wire.ts";

/** The model's state and statistics after reading a prompt. */
export interface Look extends Omit<StateObject, "tokens"> {
  /** Number of tokens at the start that were not read. */
  readonly left_out: number;
  readonly tokens: readonly unknown[];
  /** Quantiles of the half-lives of each layer's channels, in tokens, ascending. */
  readonly half_lives: readonly (readonly number[])[] | null;
  readonly decays_depend_on_tokens: boolean;
}

/** Makes the model read a prompt. @param last number of trailing tokens to report individually */
export async function lookAt(
  api: Api,
  messages: readonly PromptMessage[],
  last: number,
): Promise<Look> {
  const json = { messages, add_generation_prompt: isAnswerNext(messages), last, top: 1 };
  return await api.json<Look>("/v1/look", { method: "POST", json });
}
