import { z } from "zod";

/** Text that is Unicode. JSON can spell halves of surrogate pairs, which no UTF-8 and no token can stand for. */
export const text = z.string().refine(
  (value) => value.isWellFormed(),
  "it holds half of a surrogate pair, which is not a character",
);

/** Whether there is nothing to read in a text. */
export function isBlank(value: string): boolean {
  return value.trim() === "";
}

/** What a client wants kept with something. Source: OpenAI API reference, `metadata`. */
export const metadata = z.record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, "it may have at most 16 pairs");

/** Sampling, as all requests have it. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
};

/** An option of streams: whether the events that bring text are padded, see {@linkcode padding}. They are by default. */
export const obfuscation = { include_obfuscation: z.boolean().nullish() };

/** Refuses options for a stream where none is asked for. */
export function refuseStrayStreamOptions<
  T extends { stream?: boolean | null | undefined; stream_options?: object | null | undefined },
>(request: T, context: z.RefinementCtx<T>): void {
  if (!request.stream_options || request.stream) return;
  context.addIssue({
    code: "custom",
    path: ["stream_options"],
    message: "it is only allowed when 'stream' is true",
  });
}
