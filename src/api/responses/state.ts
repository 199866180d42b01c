import type { Handler } from "hono";
import { z } from "zod";
import { StateNotKeptError } from "../../records/errors.ts";
import { ApiError } from "../errors/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { validate } from "../requests/validation.ts";
import { withResponse } from "./stored.ts";

const nothing = z.strictObject({});

/** `GET /v1/responses/{id}/state`: how large the numbers of the state after a response are, by layer and head. */
export function showState({ states }: ApiPorts): Handler<ApiEnv, "/:id"> {
  return async (c) => {
    validate(nothing, c.req.query());
    return await withResponse(c, async (id) => {
      try {
        const { version, bytes, tokens, wkv, shift } = await states.summary(c.get("tenant"), id);
        return c.json({ id, object: "response.state", version, bytes, tokens, wkv, shift });
      } catch (error) {
        if (!(error instanceof StateNotKeptError)) throw error;
        throw new ApiError(
          404,
          "The state of this response is not kept: later ones have taken its place.",
          {
            code: "state_not_kept",
          },
        );
      }
    });
  };
}
