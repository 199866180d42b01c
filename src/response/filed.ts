import { z } from "zod";
import type { ResponseTurn } from "./stored_response.ts";

/** What is kept of a request. Written here, so that nothing but its form needs to be looked at. */
export const filedSchema = z.object({
  /** What the API needs to show the response again. `null`: it is a text that was read, and is not shown. */
  card: z.unknown(),
  turn: z.custom<ResponseTurn>((value) => typeof value === "object" && value !== null),
});
