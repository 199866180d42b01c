import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { BrowserTokens } from "../../src/api/browser_tokens/browser_tokens.ts";
import { Fuzz } from "../fuzz.ts";
import { type Described, DescribedReplies } from "./described_replies.ts";
import { harness, type HarnessOptions, NOW } from "./harness.ts";
import { type Schema, SchemaValues } from "./schema_values.ts";

/** Requests of each operation. */
const ROUNDS = 40;
/** Fields that name what was stored before. */
const NAMES = ["previous_response_id", "conversation", "response_id"];

/** What is always understood. */
const PLAIN: Readonly<Record<string, unknown>> = {
  messages: [{ role: "user", content: "Hi" }],
  input: "Hi",
  prompt: "Hi",
};

/** Makes requests of operations, many of them nearly right. */
class Requests {
  /** Ids that replies had, which later requests may name. */
  readonly ids: string[] = ["nobody"];
  readonly #fuzz: Fuzz;
  readonly #values: SchemaValues;
  readonly #resolved: (schema: Schema) => Schema;

  constructor(fuzz: Fuzz, described: DescribedReplies) {
    this.#fuzz = fuzz;
    this.#resolved = (schema) => schema.$ref ? described.resolve(schema.$ref) : schema;
    this.#values = new SchemaValues(fuzz, (ref) => described.resolve(ref));
  }

  next({ path, method, parameters, requestBody }: Described) {
    const query = new URLSearchParams();
    let target = path;
    for (const { name, in: where, schema } of parameters) {
      const made = this.#values.value(schema);
      const value = typeof made === "string" ? made : JSON.stringify(made);
      if (where === "query" && this.#fuzz.below(4) === 0) query.set(name, value);
      if (where !== "path") continue;
      // Without a name it would be another path.
      const odd = /^\.{0,2}$/.test(value) ? "nobody" : value.toWellFormed();
      const id = this.#fuzz.below(8) === 0 ? odd : this.#fuzz.pick(this.ids);
      target = target.replace(`{${name}}`, encodeURIComponent(id));
    }
    const [type] = Object.keys(requestBody?.content ?? {});
    return {
      target: `${target}${query.size > 0 ? `?${query}` : ""}`,
      init: {
        method: method.toUpperCase(),
        ...type === undefined
          ? {}
          : { headers: { "content-type": type }, body: this.#body(requestBody, type) },
      },
    };
  }

  #body(requestBody: Described["requestBody"], type: string): string {
    const { schema } = requestBody!.content[type]!;
    const kind = this.#fuzz.below(20);
    if (type !== "application/json" || kind === 0) return this.#fuzz.text(5);
    const fields = z.record(z.string(), z.unknown()).parse(this.#values.value(schema));
    const { required = [], properties = {} } = this.#resolved(schema);
    // By the schema alone a request that can be answered would be rare: most fields of it are left out.
    if (kind > 9) {
      for (const name of Object.keys(fields)) {
        if (!required.includes(name) && this.#fuzz.below(6) > 0) delete fields[name];
      }
      for (const [name, value] of Object.entries(PLAIN)) {
        const wanted = required.includes(name) || (name === "input" && name in properties);
        if (wanted && this.#fuzz.below(4) > 0) fields[name] = value;
      }
      if ("stream" in properties && this.#fuzz.below(2) === 0) fields["stream"] = true;
    }
    if ("model" in properties) fields["model"] = "tern-test";
    for (const name of NAMES) {
      if (!(name in fields)) continue;
      if (this.#fuzz.below(2) === 0) fields[name] = this.#fuzz.pick(this.ids);
      else delete fields[name];
    }
    return JSON.stringify(kind < 8 ? this.#values.mutated(fields) : fields);
  }
}

/** What servers are asked. */
const SERVERS: Readonly<Record<string, HarnessOptions>> = {
  open: {},
  strict: { strict: true },
  "with keys": {
    keys: ["alpha", "beta"],
    tokens: new BrowserTokens({ secrets: ["s".repeat(32)], now: () => NOW }),
  },
};

/** Who asks, where there are keys: mostly somebody who may. */
class Askers {
  readonly #tokens: string[] = [];

  constructor(
    readonly fuzz: Fuzz,
    readonly post: ReturnType<typeof harness>["post"],
  ) {}

  async headers(): Promise<Record<string, string>> {
    const { fuzz } = this;
    if (this.#tokens.length < 5 && fuzz.below(20) === 0) await this.#makeToken();
    switch (fuzz.below(12)) {
      case 0:
        return {};
      case 1:
        return { authorization: fuzz.pick(["alpha", "Bearer", "Bearer gamma", "Basic YTpi"]) };
      case 2:
        return { authorization: "Bearer tern_bt_AAAA" };
      case 3:
        return { authorization: "Bearer beta" };
      case 4:
      case 5:
        if (this.#tokens.length === 0) return {};
        return { authorization: `Bearer ${fuzz.pick(this.#tokens)}` };
      default:
        return { authorization: "Bearer alpha" };
    }
  }

  async #makeToken(): Promise<void> {
    const headers = { "content-type": "application/json", authorization: "Bearer alpha" };
    const { id } = await (await this.post("/v1/conversations", {}, { headers })).json();
    const forks = this.fuzz.pick(["none", "allowed", "only"]);
    const body = { conversation: id, forks };
    const reply = await this.post("/v1/browser_tokens", body, { headers });
    this.#tokens.push((await reply.json()).value);
  }
}

describe("requests made from /openapi.json", () => {
  for (const [name, options] of Object.entries(SERVERS)) {
    it(`are replied to as it says: ${name}`, async () => {
      const fuzz = new Fuzz("requests from /openapi.json");
      const { app, chat, post } = harness(options);
      const askers = options.keys && new Askers(fuzz, post);
      const described = new DescribedReplies(await (await app.request("/openapi.json")).json());
      const requests = new Requests(fuzz, described);
      /** What was not as described, the first of each kind. */
      const wrong = new Map<string, string>();
      /** How many of each status and type. */
      const replies = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const operation of described.operations) {
          const { target, init } = requests.next(operation);
          const breaks = fuzz.below(10) === 0;
          const error = new Error("no");
          chat.script = breaks ? fuzz.pick([{ beginError: error }, { error }]) : {};
          const again: Record<string, string> = fuzz.below(10) === 0
            ? { "idempotency-key": `${fuzz.below(20)}` }
            : {};
          const headers = { ...init.headers, ...await askers?.headers(), ...again };
          const reply = await app.request(target, { ...init, headers });
          const { status } = reply;
          const kind = `${status} ${reply.headers.get("content-type")}`;
          replies.set(kind, (replies.get(kind) ?? 0) + 1);
          try {
            const id = await described.check(operation, reply);
            assert(breaks || status < 500, "nothing was broken");
            if (id !== undefined) requests.ids.push(id);
          } catch (error) {
            if (!(error instanceof assert.AssertionError)) throw error;
            wrong.set(
              `${operation.method} ${operation.path} ${status}`,
              `${target} ${init.body ?? ""}\n${error.message}`,
            );
          }
        }
      }
      assert.deepEqual(Object.fromEntries(wrong), {});
      for (const kind of ["200 application/json", "200 text/event-stream; charset=utf-8"]) {
        assert((replies.get(kind) ?? 0) > ROUNDS / 10, JSON.stringify([...replies]));
      }
      for (const status of askers ? [401, 403] : []) {
        assert(replies.has(`${status} application/json`), `no ${status}`);
      }
    });
  }
});
