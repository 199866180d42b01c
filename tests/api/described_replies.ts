import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { z } from "zod";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Schema } from "./schema_values.ts";

const schema = z.custom<Schema>((value) => typeof value === "object");
const content = z.record(z.string(), z.object({ schema, "x-itemSchema": schema.optional() }));
const operationSchema = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema })).default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content })),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

/** One operation of an OpenAPI document. */
export interface Described extends z.infer<typeof operationSchema> {
  readonly path: string;
  readonly method: string;
}

/** What an OpenAPI document says of operations, and whether replies are so. */
export class DescribedReplies {
  readonly operations: readonly Described[];
  readonly #document: unknown;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: unknown) {
    const { paths, ...rest } = documentSchema.parse(document);
    this.#document = document;
    this.#ajv.addSchema({ ...rest, ...z.looseObject({}).parse(document) }, "doc");
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation }))
    );
  }

  /** The schema that a `$ref` means. */
  resolve(ref: string): Schema {
    return schema.parse(
      ref.replace("#/", "").split("/").reduce<unknown>(
        (at, part) => z.record(z.string(), z.unknown()).parse(at)[unescaped(part)],
        this.#document,
      ),
    );
  }

  /**
   * Reads a reply to its end.
   *
   * @returns the id that it names, if it names one
   * @throws {assert.AssertionError} if the reply is not what the document says
   */
  async check(
    { path, method, responses }: Described,
    reply: Response,
  ): Promise<string | undefined> {
    const { status } = reply;
    const told = responses[`${status}`];
    assert(told, `status ${status} is not described: ${await reply.clone().text()}`);
    if (status === 204) return undefined;
    const [type = ""] = (reply.headers.get("content-type") ?? "").split(";");
    const media = told.content[type];
    assert(media, `${type} is not described for status ${status}`);
    const pointer = ["paths", path, method, "responses", `${status}`, "content", type];
    if (type === "application/json") {
      const json: unknown = await reply.json();
      this.#validate([...pointer, "schema"], json);
      return z.object({ id: z.string() }).safeParse(json).data?.id;
    }
    if (media["x-itemSchema"] === undefined) {
      await reply.arrayBuffer();
      return undefined;
    }
    assert(reply.body);
    for await (
      const { event, data } of reply.body.pipeThrough(new TextDecoderStream()).pipeThrough(
        new EventSourceParserStream(),
      )
    ) {
      if (data === "[DONE]") continue;
      const json: unknown = JSON.parse(data);
      this.#validate([...pointer, "x-itemSchema"], json);
      if (event !== undefined) assert.equal(z.object({ type: z.string() }).parse(json).type, event);
    }
    return undefined;
  }

  /**
   * Checks an event as streams of an operation have it.
   *
   * @throws {assert.AssertionError} if it is not what the document says
   */
  checkEvent(path: string, method: string, event: unknown): void {
    const type = "text/event-stream";
    this.#validate(
      ["paths", path, method, "responses", "200", "content", type, "x-itemSchema"],
      event,
    );
  }

  #validate(pointer: readonly string[], value: unknown): void {
    const path = pointer.map((part) => part.replace(/~/g, "~0").replace(/\//g, "~1")).join("/");
    const validate = this.#validators.get(path) ?? this.#ajv.compile({ $ref: `doc#/${path}` });
    this.#validators.set(path, validate);
    const errors = validate(value) ? "" : this.#ajv.errorsText(validate.errors);
    assert.equal(errors, "", `${errors}: ${JSON.stringify(value)}`);
  }
}

function unescaped(part: string): string {
  return part.replace(/~1/g, "/").replace(/~0/g, "~");
}
