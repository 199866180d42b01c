import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { parsePrometheus } from "../telemetry/prometheus_lines.ts";
import { ServerProcess } from "./server_process.ts";

async function say(server: ServerProcess, input: string, previous?: string): Promise<string> {
  const reply = await fetch(`${server.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "tern-7m",
      input,
      max_output_tokens: 16,
      ...(previous === undefined ? {} : { previous_response_id: previous }),
    }),
  });
  const body = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(body));
  return body.id;
}

const OF_MODEL = '{model="tern-7m"}';

describe("The metrics of a server", () => {
  it("tell what turns, engine and store did", async () => {
    const server = await ServerProcess.start({ TERN_STORE: "memory", TERN_METRICS: "open" });
    try {
      const first = await say(server, "Hello! Tell me a story about a cat.");
      await say(server, "And then?", first);
      const reply = await fetch(`${server.url}/metrics`);
      const samples = parsePrometheus(await reply.text());
      const value = (sample: string) => samples.get(sample) ?? assert.fail(`there is no ${sample}`);
      assert.equal(value('tern_turns_total{origin="nothing",model="tern-7m"}'), 1);
      assert.equal(value('tern_turns_total{origin="response",model="tern-7m"}'), 1);
      assert.equal(value('tern_prefix_lookups_total{result="miss",model="tern-7m"}'), 1);
      for (const kind of ["prompt", "cached", "completion"]) {
        assert(value(`tern_tokens_total{kind="${kind}",model="tern-7m"}`) > 0, kind);
      }
      for (const name of ["queue_wait", "time_to_first_token", "time_between_tokens", "prefill"]) {
        const label = name === "queue_wait" ? "" : OF_MODEL;
        assert.equal(value(`tern_${name}_seconds_count${label}`), 2, name);
      }
      const [first_token, prefill] = ["time_to_first_token", "prefill"]
        .map((name) => value(`tern_${name}_seconds_sum${OF_MODEL}`));
      assert(first_token! >= prefill!);
      assert.equal(value("tern_turns_running"), 0);
      assert.equal(value("tern_turns_waiting"), 0);
      const state = value(`tern_state_bytes${OF_MODEL}`);
      assert(state > 1_000);
      // Two states, in f16.
      assert(value('tern_store_bytes_total{direction="written"}') > state);
      assert(value('tern_store_bytes_total{direction="read"}') > state / 2);
      assert(value("process_resident_memory_bytes") > 1e6);
    } finally {
      await server.kill();
    }
  });
});

const attribute = z.object({ key: z.string(), value: z.looseObject({}) });
const exportSchema = z.object({
  resourceSpans: z.array(z.object({
    scopeSpans: z.array(z.object({
      spans: z.array(z.object({
        name: z.string(),
        traceId: z.string(),
        spanId: z.string(),
        parentSpanId: z.string().optional(),
        attributes: z.array(attribute).default([]),
      })),
    })),
  })),
});
type OtlpSpan = z.infer<
  typeof exportSchema
>["resourceSpans"][number]["scopeSpans"][number]["spans"][number];

/** Collects spans that are exported to it as JSON, as OTLP has it. */
class Collector implements AsyncDisposable {
  readonly spans: OtlpSpan[] = [];
  readonly #server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, async (request) => {
    const body = await request.json();
    if (new URL(request.url).pathname === "/v1/traces") {
      const { resourceSpans } = exportSchema.parse(body);
      this.spans.push(
        ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      );
    }
    return Response.json({});
  });

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

describe("The spans of a server", () => {
  it("are a turn's, with prefill, decode and store inside, and hold no text", async () => {
    await using collector = new Collector();
    const server = await ServerProcess.start({
      TERN_STORE: "memory",
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    try {
      await say(server, "Hushhush is my name.");
    } finally {
      // What is left is exported before the process ends.
      assert.equal(await server.stop(), 0);
    }
    const { spans } = collector;
    const byName = Map.groupBy(spans, ({ name }) => name);
    const [turn] = byName.get("turn") ?? [];
    assert(turn, `no turn among ${[...byName.keys()]}`);
    const own = spans.filter(({ traceId }) => traceId === turn.traceId);
    const children = own.filter(({ parentSpanId }) => parentSpanId === turn.spanId);
    const names = new Set(children.map(({ name }) => name));
    for (const name of ["prefill", "decode", "store.commit"]) {
      assert(names.has(name), `${name} is not among ${[...names]}`);
    }
    assert(own.some(({ spanId }) => spanId === turn.parentSpanId), "the request's own span");
    assert(turn.attributes.some(({ key }) => key === "tern.tokens.completion"));
    assert(!JSON.stringify(spans).includes("Hushhush"));
  });
});
