import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { Fuzz } from "../fuzz.ts";
import { DescribedReplies } from "./described_replies.ts";
import { harness } from "./harness.ts";
import { type Schema, SchemaValues } from "./schema_values.ts";

const ROUNDS = 60;
/** Frames that are sent before the events of the first are awaited: fewer than may wait. */
const MOST_AT_ONCE = 8;

const CREATE = { type: "response.create", model: "tern-test", input: "Hi" };

/** An event that ends what was asked by a frame. */
const LAST = /^(response\.(completed|incomplete|failed)|error)$/;

/** How a socket tells of an error: docs/conversations.md, "Over a WebSocket". */
const errorSchema = z.strictObject({
  type: z.literal("error"),
  status: z.int().min(400).max(599),
  error: z.looseObject({
    message: z.string().min(1),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
  headers: z.record(z.string(), z.string()).optional(),
});

/** Makes frames, from requests that are right to texts that are not JSON. */
function framesOf(fuzz: Fuzz, schema: Schema, resolve: (ref: string) => Schema): () => string {
  const values = new SchemaValues(fuzz, resolve);
  const made = (): Record<string, unknown> => {
    const { stream: _, background: __, ...fields } = z.record(z.string(), z.unknown())
      .parse(values.value(schema));
    return { ...fields, ...CREATE, input: fuzz.below(2) ? "Hi" : fields["input"] };
  };
  return () => {
    switch (fuzz.below(8)) {
      case 0:
        return fuzz.pick(["", " ", "\n", "{", "[]", "null", "0", '""', "{}", "[[[[", "\ud800"]);
      case 1:
        return fuzz.text(6);
      case 2:
        return JSON.stringify(values.mutated({ ...CREATE, stream: true }));
      case 3:
        return JSON.stringify({ ...CREATE, type: fuzz.pick(["", "response.cancel", null, 1]) });
      case 4:
        return JSON.stringify(values.mutated(made()));
      case 5:
        return JSON.stringify(made());
      default:
        return JSON.stringify({ ...CREATE, store: fuzz.below(2) === 0 });
    }
  };
}

describe("frames of a WebSocket", () => {
  for (const strict of [false, true]) {
    it(`each get their events, and block nothing: ${strict ? "strict" : "open"}`, async () => {
      const fuzz = new Fuzz("frames of a WebSocket");
      const { app } = harness({ strict });
      const described = new DescribedReplies(await (await app.request("/openapi.json")).json());
      const resolve = (ref: string) => described.resolve(ref);
      const post = described.operations.find(({ path, method }) =>
        path === "/v1/responses" && method === "post"
      );
      const frame = framesOf(
        fuzz,
        resolve(post!.requestBody!.content["application/json"]!.schema.$ref!),
        resolve,
      );
      const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
      const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/v1/responses`);
      const closed = new Promise<unknown>((resolve) => socket.addEventListener("close", resolve));
      try {
        await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
        const messages = new ReadableStream<string>({
          start(controller) {
            socket.addEventListener("message", ({ data }) => controller.enqueue(data));
            socket.addEventListener("close", () => controller.close());
          },
        }).getReader();
        const ends = new Map<string, number>();
        /** Reads the events of one frame. */
        const answer = async (sent: string): Promise<string> => {
          for (let number = 0;;) {
            const { value } = await messages.read();
            assert(value !== undefined, `the socket was closed after ${sent}`);
            const event = z.looseObject({ type: z.string() }).parse(JSON.parse(value));
            if (event.type === "error") errorSchema.parse(event);
            else {
              const { ignored: _, ...known } = event;
              described.checkEvent("/v1/responses", "post", known);
              if ("sequence_number" in event) {
                assert.equal(event["sequence_number"], number++, sent);
              }
            }
            if (LAST.test(event.type)) return event.type;
          }
        };
        for (let round = 0; round < ROUNDS; round++) {
          const sent = Array.from({ length: 1 + fuzz.below(MOST_AT_ONCE) }, frame);
          for (const each of sent) socket.send(each);
          for (const each of sent) {
            const end = await answer(each);
            ends.set(end, (ends.get(end) ?? 0) + 1);
          }
          socket.send(JSON.stringify(CREATE));
          assert.equal(await answer("a plain request"), "response.completed");
        }
        for (const end of ["response.completed", "error"]) {
          assert((ends.get(end) ?? 0) > ROUNDS / 4, JSON.stringify([...ends]));
        }
      } finally {
        socket.close();
        await closed;
        await server.shutdown();
      }
    });
  }
});
