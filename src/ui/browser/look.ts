import type { Api } from "./api.ts";
import { isAnswerNext, type PromptMessage } from "./prompt_messages.ts";
import type { StateObject } from "./wire.ts";

/** What the model makes of a prompt. */
export interface Look extends Omit<StateObject, "tokens"> {
  /** Tokens at the beginning that were not read. */
  readonly left_out: number;
  readonly tokens: readonly unknown[];
  /** Quantiles of the half-lives of each layer's channels, in tokens, the shortest first. */
  readonly half_lives: readonly (readonly number[])[] | null;
  readonly decays_depend_on_tokens: boolean;
}

/** Has the model read a prompt. @param last how many of the last tokens are looked at one by one */
export async function lookAt(
  api: Api,
  messages: readonly PromptMessage[],
  last: number,
): Promise<Look> {
  const json = { messages, add_generation_prompt: isAnswerNext(messages), last, top: 1 };
  return await api.json<Look>("/v1/look", { method: "POST", json });
}
