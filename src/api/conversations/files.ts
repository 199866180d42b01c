import { idFor, makeOnce, unless } from "../idempotency/make_once.ts";
import { UnknownConversationError } from "../../records/errors.ts";
import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import type { Handler } from "hono";
import { z } from "zod";
import { refuseOtherTypes } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { BodyTooLargeError } from "../errors/errors.ts";
import { validate } from "../requests/validation.ts";
import { FILE_TYPE } from "./uploads.ts";
import { conversationObject } from "./wire.ts";

/** How a conversation is imported. */
export const importQuery = z.strictObject({
  reread: z.enum(["true", "false"]).transform((value) => value === "true").optional(),
});

/** How a conversation is exported. */
export const exportQuery = z.strictObject({
  running: z.enum(["true", "false"]).transform((value) => value === "true").optional()
    .describe(
      "Whether the answer that is being made is part of the file, to go on wherever the file is imported. It pauses here.",
    ),
});

/** `GET /v1/conversations/{id}/export`. */
export function exportConversation({ files, responses, log }: ApiPorts): Handler<ApiEnv> {
  return async (c) => {
    const { running = false } = validate(exportQuery, c.req.query());
    const id = c.req.param("id")!;
    const { signal } = c.req.raw;
    const tenant = c.get("tenant");
    if (running) await responses.pause(tenant, id);
    const bytes = await files.export(tenant, id, running, { signal });
    // Made as they are taken: a client that reads slowly has the server read slowly.
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        try {
          const { done, value } = await bytes.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          // The client has a file without its end, which nobody takes for whole.
          if (!signal.aborted) {
            log.error("a conversation could not be exported", {
              request_id: c.get("requestId"),
              error,
            });
          }
          controller.error(error);
        }
      },
      async cancel() {
        await bytes.return(undefined);
      },
    }, { highWaterMark: 0 });
    return c.body(body, 200, {
      "content-type": FILE_TYPE,
      "content-disposition": `attachment; filename="${id}.tern"`,
      "cache-control": "no-store",
    });
  };
}

/** `POST /v1/conversations/import`. */
export function importConversation(
  ports: ApiPorts,
): Handler<ApiEnv> {
  const { files, conversations, limits } = ports;
  return async (c) => {
    const { reread = false } = validate(importQuery, c.req.query());
    const { raw } = c.req;
    refuseOtherTypes(raw, [FILE_TYPE, "application/octet-stream"]);
    const limit = limits.maxImportBytes;
    if (Number(raw.headers.get("content-length")) > limit) throw new BodyTooLargeError(limit);
    const tenant = c.get("tenant");
    const id = idFor(c, ports, "conv_");
    const show = () => conversations.show(tenant, id);
    const make = async () => {
      const file = (raw.body ?? new Blob([]).stream())
        .pipeThrough(new LimitedBytesTransformStream(limit, { error: true }));
      await files.import({ tenant, id, file, reread }, { signal: raw.signal });
      return await show();
    };
    try {
      const find = () => unless(UnknownConversationError, show);
      return c.json(conversationObject(await makeOnce(c, find, make)));
    } catch (error) {
      raw.signal.throwIfAborted();
      if (error instanceof RangeError) throw new BodyTooLargeError(limit);
      throw error;
    }
  };
}
