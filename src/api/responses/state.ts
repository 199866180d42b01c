import type { Handler } from "hono";
import { z } from "zod";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { validate } from "../requests/validation.ts";
import { withResponse } from "./stored.ts";

const nothing = z.strictObject({});

/** `GET /v1/responses/{id}/state`: how large the numbers of the state after a response are, by layer and head. */
export function showState({ states }: ApiPorts): Handler<ApiEnv, "/:id"> {
  return async (c) => {
    validate(nothing, c.req.query());
    return await withResponse(c, async (id) => {
      const { version, bytes, tokens, wkv, shift } = await states.summary(c.get("tenant"), id);
      return c.json({ id, object: "response.state", version, bytes, tokens, wkv, shift });
    });
  };
}
