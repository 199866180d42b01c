import { EventSourceParserStream } from "eventsource-parser/stream";
import { describe, it } from "@std/testing/bdd";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { z } from "zod";
import { Fuzz } from "../fuzz.ts";
import { harness } from "./harness.ts";
import { type Schema, SchemaValues } from "./schema_values.ts";

/** Requests of each operation. */
const ROUNDS = 40;

const schema = z.custom<Schema>((value) => typeof value === "object");
const content = z.record(z.string(), z.object({ schema, "x-itemSchema": schema.optional() }));
const operationSchema = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema })).default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content })),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});
type Operation = z.infer<typeof operationSchema>;

const wholeSchema = z.record(z.string(), z.unknown());

/** What mostly makes a request one that can be answered, where the schema alone would seldom. */
const MEANT: Readonly<Record<string, unknown>> = { model: "tern-test" };
/** Fields that name what was stored before. */
const NAMES = ["previous_response_id", "conversation", "response_id"];

describe("a server under requests made from its /openapi.json", () => {
  for (const strict of [false, true]) {
    it(`replies as it says: ${strict ? "strict" : "open"}`, async () => {
      const fuzz = new Fuzz("requests from /openapi.json");
      const { app, chat } = harness({ strict });
      const raw: unknown = await (await app.request("/openapi.json")).json();
      const document = documentSchema.parse(raw);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      ajv.addSchema(wholeSchema.parse(raw), "doc");
      const values = new SchemaValues(
        fuzz,
        (ref) => {
          const [name = "", ...rest] = ref.replace("#/components/schemas/", "").split("/");
          return rest.reduce<unknown>(
            (at, part) => wholeSchema.parse(at)[part],
            document.components.schemas[name],
          ) as Schema;
        },
      );
      const validators = new Map<string, ValidateFunction>();
      const check = (pointer: readonly string[], value: unknown, said: string) => {
        const path = pointer.map((part) => part.replace(/~/g, "~0").replace(/\//g, "~1")).join("/");
        const validate = validators.get(path) ?? ajv.compile({ $ref: `doc#/${path}` });
        validators.set(path, validate);
        assert(
          validate(value),
          `${said}\n${JSON.stringify(value)}\n${ajv.errorsText(validate.errors)}`,
        );
      };
      /** Ids that replies had, which later requests may name. */
      const ids: string[] = ["nobody"];

      const parameterOf = (name: string, of: Schema): string => {
        if (name === "id" || fuzz.below(8) === 0) return fuzz.pick(ids);
        const value = values.value(of);
        return typeof value === "string" ? value : JSON.stringify(value);
      };
      const bodyOf = (operation: Operation): string | undefined => {
        const types = operation.requestBody?.content;
        if (types === undefined) return undefined;
        const json = types["application/json"];
        if (json === undefined) return fuzz.text(20);
        const made = values.value(json.schema);
        const kind = fuzz.below(20);
        if (kind === 0) return fuzz.text(5);
        const fields = z.record(z.string(), z.unknown()).parse(made);
        for (const name of Object.keys(fields)) {
          if (name in MEANT) fields[name] = MEANT[name];
          if (NAMES.includes(name)) {
            if (fuzz.below(2) === 0) fields[name] = fuzz.pick(ids);
            else delete fields[name];
          }
        }
        return JSON.stringify(kind < 8 ? values.mutated(fields) : fields);
      };

      const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
      );
      let answered = 0;
      for (let round = 0; round < ROUNDS; round++) {
        for (const { path, method, operation } of operations) {
          const query = new URLSearchParams();
          let target = path;
          for (const { name, in: where, schema } of operation.parameters) {
            const value = parameterOf(name, schema);
            if (where === "path") target = target.replace(`{${name}}`, encodeURIComponent(value));
            else if (where === "query" && fuzz.below(4) === 0) query.set(name, value);
          }
          const body = bodyOf(operation);
          const [type = "application/json"] = Object.keys(operation.requestBody?.content ?? {});
          chat.script = fuzz.below(10) > 0 ? {} : fuzz.pick([
            { beginError: new Error("no") },
            { error: new Error("no") },
          ]);
          const reply = await app.request(`${target}${query.size > 0 ? `?${query}` : ""}`, {
            method: method.toUpperCase(),
            ...body === undefined ? {} : { body, headers: { "content-type": type } },
          });
          const said = `${method} ${target}?${query} ${body ?? ""}: ${reply.status}`;
          const told = operation.responses[`${reply.status}`];
          assert(told, `${said} is not described: ${await reply.clone().text()}`);
          const [replied = ""] = (reply.headers.get("content-type") ?? "").split(";");
          const pointer = [
            "paths",
            path,
            method,
            "responses",
            `${reply.status}`,
            "content",
            replied,
          ];
          if (reply.status === 204) continue;
          assert(told.content[replied], `${said}: ${replied} is not described`);
          if (reply.ok) answered++;
          if (replied === "application/json") {
            const json: unknown = await reply.json();
            check([...pointer, "schema"], json, said);
            const named = z.object({ id: z.string() }).safeParse(json);
            if (named.success) ids.push(named.data.id);
          } else if (told.content[replied]["x-itemSchema"]) {
            assert(reply.body);
            for await (
              const { event, data } of reply.body.pipeThrough(new TextDecoderStream()).pipeThrough(
                new EventSourceParserStream(),
              )
            ) {
              if (data === "[DONE]") continue;
              const json: unknown = JSON.parse(data);
              check([...pointer, "x-itemSchema"], json, said);
              const typed = z.object({ type: z.string() }).safeParse(json);
              if (event !== undefined && typed.success) assert.equal(typed.data.type, event, said);
            }
          } else {
            await reply.arrayBuffer();
          }
        }
      }
      assert(answered > ROUNDS, `only ${answered} were answered`);
    });
  }
});
