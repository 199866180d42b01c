import { describe, it } from "@std/testing/bdd";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { z } from "zod";
import { errorEnvelope } from "../../src/api/http/replies.ts";
import { errorOf } from "../error_of.ts";
import { ALL_ROUTES } from "./all_routes.ts";
import { chatBody, harness, type HarnessOptions, responseBody } from "./harness.ts";

const strictEnvelope = errorEnvelope.strict();
const LONG = "x".repeat(20_000);
const message = { role: "user", content: "Hi" };

/** Bodies for routes that want more than `{}`. */
const BODIES: Readonly<Record<string, object>> = {
  "POST /v1/responses": responseBody(),
  "POST /v1/responses/input_tokens": { input: "Hi" },
  "POST /v1/responses/compact": { model: "tern-test", input: "Hi" },
  "POST /v1/chat/completions": chatBody(),
  "POST /v1/chat/completions/:id": { metadata: {} },
  "POST /v1/completions": { model: "tern-test", prompt: "Hi" },
  "POST /v1/conversations/:id": { metadata: {} },
  "POST /v1/conversations/:id/items": { items: [message] },
  "POST /v1/conversations/:id/rewind": { response_id: null },
  "POST /v1/browser_tokens": { conversation: "conv_1" },
  "POST /v1/tokenize": { content: "Hi" },
  "POST /v1/detokenize": { tokens: [1] },
  "POST /v1/look": { content: "Hi" },
};

/** Values, of which each field has some that it cannot be. */
const VALUES: readonly unknown[] = [
  ...[true, "", "odd", LONG, "\ud83d"],
  ...[0, -1, 1.5, 9e9, -9e9, 101, 2 ** 60],
  ...[[], [1], ["odd"], [null], [{}], Array(2_000).fill("a")],
  ...[{}, { odd: 1 }, { type: "odd" }, { id: 1 }],
  Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"])),
];

/** An app, with one of everything that a path can name. */
async function world(options: HarnessOptions = {}) {
  const { app, post } = harness({ maxBodyBytes: 200_000, strict: true, ...options });
  const { id: response } = await (await post("/v1/responses", responseBody())).json();
  const { id: conversation } = await (await post("/v1/conversations", { items: [message] })).json();
  const { id: completion } = await (await post("/v1/chat/completions", chatBody({ store: true })))
    .json();
  const { data: [item] } = await (await app.request(`/v1/conversations/${conversation}/items`))
    .json();
  const fill = (name: string) => {
    const [, path = ""] = name.split(" ");
    const id = path.startsWith("/v1/responses")
      ? response
      : path.startsWith("/v1/chat")
      ? completion
      : path.startsWith("/v1/models")
      ? "tern-test"
      : conversation;
    return path.replace(/:id(\{[^}]*\})?/, id).replace(":item", item.id)
      .replace(":response", response);
  };
  return { app, post, fill };
}

function allowing(validate: ValidateFunction): (value: unknown) => boolean {
  return (value) => validate(value) === true;
}

/** The fields of an object, with what tells whether a value is one that its description allows. */
function fieldsOf(schema: z.ZodType) {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(json, "all");
  return Object.entries(json.properties ?? {}).map(([name, property]) => ({
    name,
    unsupported: typeof property === "object" &&
      property.description?.startsWith("Not supported") === true,
    allows: allowing(ajv.compile({ $ref: `all#/properties/${name}` })),
  }));
}

describe("a wrong value", () => {
  for (const { name, request } of ALL_ROUTES) {
    if (request === undefined) continue;
    for (const { name: field, unsupported, allows } of fieldsOf(request)) {
      it(`is refused with its name: ${field} of ${name}`, async () => {
        const { post, fill } = await world();
        const wrong = VALUES.filter((value) => !allows(value));
        // What is not supported has no description, and only neutral values. These are none.
        if (unsupported) wrong.push({ odd: 1 }, "odd", 1.5);
        assert(wrong.length >= 3, `${field} has no range`);
        for (const value of wrong) {
          const told = JSON.stringify(value).slice(0, 60);
          const reply = await post(fill(name), { ...BODIES[name], [field]: value });
          // A model that is not served is one that is not there.
          if (field === "model" && typeof value === "string") continue;
          const { param } = await errorOf(reply, 400);
          assert.match(param ?? "none", new RegExp(`^${field}(\\.|\\[|$)`), told);
        }
      });
    }

    it(`is refused for a field that there is none of, and for a body that is none: ${name}`, async () => {
      const { post, fill } = await world();
      const odd = await post(fill(name), { ...BODIES[name], nonsense: 1 });
      assert.equal((await errorOf(odd, 400)).param, "nonsense");
      for (const body of ["", "{", "[]", "null", "1", '"a"', "{}{}", "\ufeff{}x"]) {
        const { type } = await errorOf(await post(fill(name), body), 400);
        assert.equal(type, "invalid_request_error");
      }
    });
  }

  for (const { name, query, upload } of ALL_ROUTES) {
    if (query === undefined) continue;
    const [method = ""] = name.split(" ");
    const init = upload === undefined
      ? { method }
      : { method, headers: { "content-type": upload }, body: "Hi" };
    for (const { name: field, allows } of fieldsOf(query)) {
      it(`is refused with its name in the query: ${field} of ${name}`, async () => {
        const { app, fill } = await world();
        const list = field === "include";
        const wrong = ["odd", "-1", "1.5", "\u0000", LONG.slice(0, 300)]
          // Its description cannot say that it is a number.
          .filter((value) => field === "starting_after" || !allows(list ? [value] : value));
        // Ids and names are of any form; those that there are none of are looked for.
        if (wrong.length === 0) assert(["after", "model"].includes(field), field);
        for (const value of wrong) {
          const at = `${fill(name)}?${field}=${encodeURIComponent(value)}`;
          const { param } = await errorOf(await app.request(at, init), 400);
          assert.match(param ?? "none", new RegExp(`^${field}(\\[|$)`));
        }
      });
    }

    it(`is refused in the query where nothing has its name: ${name}`, async () => {
      const { app, fill } = await world();
      const { param } = await errorOf(await app.request(`${fill(name)}?nonsense=1`, init), 400);
      assert.equal(param, "nonsense");
    });
  }
});

describe("an error of any route", () => {
  const API_ROUTES = ALL_ROUTES.filter(({ name }) => /\/v1|token/.test(name));

  async function envelopeOf(reply: Response, status: number): Promise<void> {
    assert.equal(reply.status, status);
    assert.match(reply.headers.get("content-type") ?? "", /^application\/json/);
    assert.match(reply.headers.get("x-request-id") ?? "", /^req_/);
    strictEnvelope.parse(await reply.json());
  }

  for (const { name, request, upload } of API_ROUTES) {
    const [method = ""] = name.split(" ");
    const body = request ? JSON.stringify(BODIES[name] ?? {}) : upload ? "Hi" : null;
    const type = request ? "application/json" : upload;
    const init = { method, body, ...(type ? { headers: { "content-type": type } } : {}) };

    it(`is in OpenAI's form: ${name}`, async () => {
      const { app, fill } = await world();
      const path = fill(name);
      await envelopeOf(await app.request(path, { method: "PUT" }), 405);
      await envelopeOf(await app.request(`${path}/none/of/this`, init), 404);
      const secured = harness({ keys: ["sk-right"] }).app;
      await envelopeOf(await secured.request(path, init), 401);
      const slow = harness({ rates: { requests: 1, tokens: 0 } }).app;
      await (await slow.request("/v1/models")).body?.cancel();
      const limited = await slow.request(path, init);
      assert(limited.headers.get("retry-after"));
      for (const kind of ["limit", "remaining", "reset"]) {
        assert(limited.headers.get(`x-ratelimit-${kind}-requests`), kind);
      }
      await envelopeOf(limited, 429);
      if (body === null) return;
      await envelopeOf(
        await app.request(path, { ...init, headers: { "content-type": "image/png" } }),
        415,
      );
      if (request === undefined) return;
      const large = JSON.stringify({ ...BODIES[name], a: "x".repeat(300_000) });
      await envelopeOf(await app.request(path, { ...init, body: large }), 413);
    });
  }

  it("is in OpenAI's form when it is the server's own", async () => {
    const { post, chat } = harness({ strict: true });
    chat.script = { beginError: new Error("secret") };
    for (const store of [true, false]) {
      await envelopeOf(await post("/v1/responses", responseBody({ store })), 500);
    }
    await envelopeOf(await post("/v1/chat/completions", chatBody()), 500);
    await envelopeOf(
      await post("/v1/completions", { model: "tern-test", prompt: "Hi" }),
      500,
    );
  });
});
