import { z } from "zod";

/** Functions in one request. Source: OpenAI API reference. */
export const MAX_TOOLS = 128;

/** The name of a function. */
export const toolName = z.string().regex(
  /^[\w-]{1,64}$/,
  "it must be up to 64 letters, digits, '_' and '-'",
);
