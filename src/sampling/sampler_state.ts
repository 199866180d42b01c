import * as z from "zod";

/** What a sampler remembers, as plain JSON. */
export const samplerState = z.object({
  /** The generator of random numbers: the four words of xoroshiro128+. */
  random: z.tuple([z.int32(), z.int32(), z.int32(), z.int32()]),
  /** The tokens generated so far with their decayed counts. Empty while no penalty needs them. */
  counts: z.array(z.tuple([z.int().nonnegative(), z.number().positive()])),
  /** The tokens that the repetition penalty applies to, in the order they were seen. Absent while it is neutral. */
  seen: z.array(z.int().nonnegative()).exactOptional(),
});

/** What a sampler remembers, as plain JSON. */
export type SamplerState = z.infer<typeof samplerState>;
