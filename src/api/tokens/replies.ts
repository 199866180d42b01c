import { z } from "zod";

export const tokenList = z.object({
  tokens: z.array(z.union([
    z.int(),
    z.object({ id: z.int(), piece: z.union([z.string(), z.array(z.int())]) }),
  ])),
  count: z.int(),
  max_model_len: z.null().describe("A recurrent model has no longest text."),
  token_strs: z.array(z.string()).nullable(),
});

const piece = z.union([z.string(), z.array(z.int())])
  .describe("The text, or the bytes where it is only part of a character.");

export const look = z.object({
  object: z.literal("look"),
  version: z.string().describe("Of RWKV."),
  bytes: z.int().describe("Of the state in float32."),
  left_out: z.int().describe("Tokens at the beginning that were not read: 1,024 are the most."),
  tokens: z.array(z.object({
    id: z.int(),
    piece,
    logprob: z.number().nullable()
      .describe("After the tokens before it. Null for the first, and before the `last` ones."),
  })),
  next: z.array(z.object({ id: z.int(), piece, logprob: z.number() })),
  wkv: z.array(z.array(z.number())).describe("As of a state."),
  shift: z.array(z.array(z.number())).describe("As of a state."),
  half_lives: z.array(z.array(z.number())).nullable().describe(
    "For each layer 33 quantiles of the half-lives of its channels in tokens, over the `last` " +
      "tokens. Null where the weights of the decays cannot be read.",
  ),
  decays_depend_on_tokens: z.boolean(),
});

export const tokenText = z.object({ content: z.string(), prompt: z.string() });
