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

export const tokenText = z.object({ content: z.string(), prompt: z.string() });
