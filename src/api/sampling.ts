import type { ChatService } from "../chat/turn.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";

/** The sampling fields that requests have in common. */
export interface SamplingFields {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly seed?: number | null | undefined;
}

/** How a request wants its tokens chosen: what it does not say is as the service has it. */
export function samplingOptions(
  request: SamplingFields,
  { maxTokens: _, ...defaults }: ChatService["defaults"],
): SamplingOptions {
  const { seed } = request;
  return {
    ...defaults,
    temperature: request.temperature ?? defaults.temperature,
    topP: request.top_p ?? defaults.topP,
    presencePenalty: request.presence_penalty ?? defaults.presencePenalty,
    frequencyPenalty: request.frequency_penalty ?? defaults.frequencyPenalty,
    ...(typeof seed === "number" ? { seed } : {}),
  };
}
