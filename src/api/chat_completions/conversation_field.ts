import { z } from "zod";

const conversationId = z.string()
  .refine((id) => /^[\w-]{1,128}$/.test(id), "it is not the id of a conversation");

/** The conversation that an answer is added to, as in `/v1/responses`. There is none in OpenAI's chat completions. */
export const conversationField = {
  conversation: z.union([conversationId, z.strictObject({ id: conversationId })])
    .transform((value) => typeof value === "string" ? value : value.id).nullish(),
};

/** Refuses what cannot be added to a conversation. */
export function refuseInConversation<
  T extends { conversation?: string | null | undefined; n?: number | null | undefined },
>({ conversation, n }: T, context: z.RefinementCtx<T>): void {
  if (!conversation || (n ?? 1) === 1) return;
  context.addIssue({
    code: "custom",
    path: ["n"],
    message: "a conversation goes on with one answer",
  });
}
