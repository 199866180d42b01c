import { z } from "zod";
import type { StoredResponse } from "../../response/stored_response.ts";
import { CorruptSnapshotError } from "../../records/errors.ts";
import type { ResponseHead } from "./asked.ts";

/** What {@linkcode ResponseHead} looks like in the store: enough to tell it from anything else. */
export const cardSchema = z.object({
  id: z.string(),
  formerly: z.string().regex(/^resp_\w{1,128}$/).exactOptional(),
  created: z.number(),
  model: z.string(),
  request: z.looseObject({ input: z.array(z.looseObject({ role: z.string(), text: z.string() })) }),
  sampling: z.looseObject({ temperature: z.number() }),
  format: z.literal("g1").exactOptional(),
  thinks: z.boolean().exactOptional(),
  effort: z.string().exactOptional(),
  ignored: z.array(z.string()).exactOptional(),
  readOnly: z.enum(["compaction", "nothing"]).exactOptional(),
});

/**
 * The head of a stored response, as it was when it was created.
 *
 * @throws {CorruptSnapshotError} if it is none.
 */
export function headOf({ id, card }: StoredResponse): ResponseHead {
  const { success, data, error } = cardSchema.safeParse(card);
  if (!success) throw new CorruptSnapshotError(id, "its head is none", { cause: error });
  // It was written by this API, and its bytes are vouched for by their hash.
  return data as unknown as ResponseHead;
}
