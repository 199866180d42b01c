import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, it } from "@std/testing/bdd";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { z } from "zod";
import { openApiPath } from "../../src/api/openapi/document.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

const content = z.record(z.string(), z.object({ schema: z.looseObject({}) }));
const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        summary: z.string(),
        tags: z.array(z.string()).length(1),
        requestBody: z.object({ required: z.literal(true), content }).optional(),
        responses: z.record(z.string(), z.object({ description: z.string(), content })),
      }),
    ),
  ),
});

type Document = z.infer<typeof documentSchema>;

async function load(app = harness({ metrics: "open", strict: true }).app): Promise<Document> {
  const reply = await app.request("/openapi.json");
  assert.equal(reply.status, 200);
  return documentSchema.parse(await reply.json());
}

describe("/openapi.json", () => {
  let document: Document;
  let validatorOf: (pointer: readonly string[]) => ValidateFunction;

  beforeAll(async () => {
    document = await load();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, "doc");
    validatorOf = (pointer) => {
      const path = pointer.map((part) => part.replace(/~/g, "~0").replace(/\//g, "~1")).join("/");
      return ajv.compile({ $ref: `doc#/${path}` });
    };
  });

  const requestOf = (path: string) =>
    validatorOf([
      ...["paths", path, "post", "requestBody", "content"],
      ...["application/json", "schema"],
    ]);
  const replyOf = (path: string, method: string, status: number) =>
    validatorOf([
      ...["paths", path, method, "responses", `${status}`, "content"],
      ...["application/json", "schema"],
    ]);

  it("is valid OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert(valid, JSON.stringify(errors));
  });

  it("has every route of the app, described, and no other", async () => {
    const { app } = harness({ metrics: "open", strict: true });
    const routes = app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${openApiPath(path)}`);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    );
    assert.deepEqual(described.toSorted(), [...new Set(routes)].toSorted());
    const without = await load(harness({ strict: true }).app);
    assert.equal("/metrics" in without.paths, false);
  });

  it("gives each operation an id of its own", () => {
    const ids = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    assert.equal(new Set(ids).size, ids.length, String(ids));
  });

  it("refers to nothing that is not there", () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    assert(refs.length > 5);
    for (const [, ref = ""] of refs) {
      let at: unknown = document;
      for (const part of ref.split("/")) at = (at as Record<string, unknown> | undefined)?.[part];
      assert(at !== undefined, ref);
    }
  });

  it("asks for a key where the server does", async () => {
    const secured = await load(harness({ keys: ["alpha"] }).app);
    const security = (doc: Document, path: string) => doc.paths[path]?.["get"]?.["security"];
    assert.deepEqual(security(secured, "/v1/models"), [{ key: [] }]);
    assert.equal(security(secured, "/health"), undefined);
    assert.equal(security(document, "/v1/models"), undefined);
  });

  for (
    const [path, body, wrong] of [
      ["/v1/chat/completions", chatBody, [
        { model: 1 },
        { messages: [] },
        { temperature: -1 },
        { nonsense: 1 },
        { stop: Array(17).fill("a") },
        { messages: [{ role: "robot", content: "Hi" }] },
      ]],
      ["/v1/responses", responseBody, [
        { input: 1 },
        { top_p: -1 },
        { max_output_tokens: -3 },
        { nonsense: 1 },
        { metadata: { a: 1 } },
      ]],
    ] as const
  ) {
    it(`describes what ${path} takes and refuses, as the route does`, async () => {
      const { post } = harness({ strict: true });
      const validate = requestOf(path);
      for (const fields of [{}, { temperature: 0.5, stream: null }]) {
        assert(validate(body(fields)), JSON.stringify(validate.errors));
        assert.equal((await post(path, body(fields))).status, 200);
      }
      for (const fields of wrong) {
        assert.equal(validate(body(fields)), false, JSON.stringify(fields));
        assert.equal((await post(path, body(fields))).status, 400, JSON.stringify(fields));
      }
    });

    it(`describes what ${path} replies`, async () => {
      const { post, chat } = harness({ strict: true });
      const valid = (status: number, reply: unknown) => {
        const validate = replyOf(path, "post", status);
        assert(validate(reply), JSON.stringify(validate.errors));
      };
      valid(200, await (await post(path, body())).json());
      valid(400, await (await post(path, body({ nonsense: 1 }))).json());
      valid(404, await (await post(path, body({ model: "other" }))).json());
      valid(415, await (await post(path, body(), { headers: {} })).json());
      chat.script = { beginError: new Error("no") };
      valid(500, await (await post(path, body())).json());
    });
  }

  for (const path of ["/v1/models", "/health"]) {
    it(`describes what ${path} replies`, async () => {
      const validate = replyOf(path, "get", 200);
      const reply = await (await harness({ strict: true }).app.request(path)).json();
      assert(validate(reply), JSON.stringify(validate.errors));
    });
  }
});

describe("/openapi.json of a server that is not strict", () => {
  it("describes what is accepted besides, and what is refused all the same", async () => {
    const { app, post } = harness({ maxBodyBytes: 200_000 });
    const document = await load(app);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, "doc");
    const validatorOf = (path: string) =>
      ajv.compile({
        $ref: `doc#/paths/${
          path.replace(/\//g, "~1")
        }/post/requestBody/content/application~1json/schema`,
      });
    const tool = { type: "web_search" };
    for (
      const [path, body, right, wrong] of [
        ["/v1/chat/completions", chatBody, [
          { keep_alive: "5m" },
          { tools: [tool] },
          { reasoning_effort: "low" },
          { stream: true, stream_options: { x: 1 } },
          { messages: [{ role: "function", name: "f", content: null, x: 1 }] },
          { response_format: { type: "json_object", schema: { type: "object" } } },
        ], [
          { temperature: "hot" },
          { messages: [] },
          { messages: [{ role: "robot" }] },
          { messages: [{ content: "Hi" }] },
          { n: 100 },
        ]],
        ["/v1/responses", responseBody, [
          { keep_alive: "5m" },
          { tools: [tool] },
          { reasoning: { effort: "low" } },
          { input: [{ type: "reasoning", summary: [] }, { role: "user", content: "Hi" }] },
          { conversation: null, text: { verbosity: "low", x: 1 } },
        ], [
          { top_p: "high" },
          { input: 1 },
          { metadata: { a: 1 } },
        ]],
      ] as const
    ) {
      const validate = validatorOf(path);
      for (const fields of right) {
        assert(
          validate(body(fields)),
          `${JSON.stringify(fields)} ${JSON.stringify(validate.errors)}`,
        );
        const reply = await post(path, body(fields));
        assert.equal(reply.status, 200, await reply.text());
      }
      for (const fields of wrong) {
        assert.equal(validate(body(fields)), false, JSON.stringify(fields));
        assert.equal((await post(path, body(fields))).status, 400, JSON.stringify(fields));
      }
    }
  });
});

describe("/docs", () => {
  it("shows the description, and loads nothing from elsewhere", async () => {
    const reply = await harness({ strict: true }).app.request("/docs");
    assert.match(reply.headers.get("content-type") ?? "", /^text\/html/);
    const policy = reply.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    const html = await reply.text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    assert.match(addresses.join(" "), /^data:, \/assets\/reference\.js\?v=[0-9a-f]+$/);
  });
});

describe("the examples of the description", () => {
  it("are answered as they are", async () => {
    const { app, post } = harness();
    const { paths } = await (await app.request("/openapi.json")).json();
    const { id } = await (await post("/v1/conversations", {})).json();
    let tried = 0;
    for (const [path, methods] of Object.entries<Record<string, Described>>(paths)) {
      const example = methods.post?.requestBody?.content["application/json"]?.example;
      if (example === undefined) continue;
      tried++;
      const reply = await post(path.replace("{id}", id), example);
      assert.equal(reply.status, 200, `${path}: ${await reply.text()}`);
    }
    assert.ok(tried >= 10, `${tried} examples`);
  });
});

/** What the test needs of an operation. */
interface Described {
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly example?: object }>>;
  };
}
