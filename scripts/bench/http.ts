import { z } from "zod";
import type { Engine, ReadRequest } from "../../src/engine/engine.ts";
import { Sampler } from "../../src/sampling/sampler.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { type Server, startServer } from "../start_server.ts";
import type { JobOf } from "./job.ts";
import { EMBEDDED_FOLDER, loadModel, THREADS } from "./models.ts";
import type { Series } from "./series.ts";
import { SAMPLING } from "./speed.ts";

const PROMPT = "Please tell me a long story about a dog and a boat.";

/** Until the server's code is compiled as well as it will be. */
const WARM_UP_TOKENS = 1_000;

/** More requests than this for one turn would mean that the model says nothing that can be timed. */
const MAX_REQUESTS = 500;

const chunkSchema = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })),
  usage: z.object({ completion_tokens: z.int() }).nullish(),
});

/** Tokens, and the seconds that they took. */
interface Pace {
  tokens: number;
  seconds: number;
}

/**
 * How much of the bare engine's speed reaches a client over HTTP. The server streams chat completions and the engine in
 * this process steps and samples in turn, so that what else the machine does falls on both.
 */
export async function benchHttp(
  { engine: name, weights, model, file, rounds, tokens }: JobOf<"http">,
): Promise<Series[]> {
  await using server = await startServer({ model: EMBEDDED_FOLDER, store: "memory" });
  await using loaded = await loadModel(file, { engine: name, weights });
  const { engine } = loaded;
  await overHttp(server, WARM_UP_TOKENS);
  await bareEngine(engine, WARM_UP_TOKENS);

  const paces: { http: number; engine: number }[] = [];
  for (let i = 0; i < rounds; i++) {
    paces.push({ http: await overHttp(server, tokens), engine: await bareEngine(engine, tokens) });
  }
  const common = { engine: name, weights, model, threads: THREADS, batch: 1 } as const;
  return [
    { ...common, bench: "http", unit: "tokens/s", samples: paces.map(({ http }) => http) },
    {
      ...common,
      bench: "http, bare engine",
      unit: "tokens/s",
      samples: paces.map(({ engine }) => engine),
    },
    {
      ...common,
      bench: "http / bare engine",
      unit: "ratio",
      samples: paces.map(({ http, engine }) => http / engine),
    },
  ];
}

/** Tokens a second of as many answers as it takes to get so many tokens. */
async function overHttp(server: Server, tokens: number): Promise<number> {
  const total: Pace = { tokens: 0, seconds: 0 };
  for (let seed = 1; total.tokens < tokens; seed++) {
    if (seed > MAX_REQUESTS) throw new RangeError(`${MAX_REQUESTS} answers are too short`);
    const pace = await streamAnswer(server, tokens, seed);
    total.tokens += pace.tokens;
    total.seconds += pace.seconds;
  }
  return total.tokens / total.seconds;
}

/** The pace of one streamed answer between its first and its last piece of text. */
async function streamAnswer(server: Server, maxTokens: number, seed: number): Promise<Pace> {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: server.model,
      messages: [{ role: "user", content: PROMPT }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: maxTokens,
      temperature: SAMPLING.temperature,
      top_p: SAMPLING.topP,
      presence_penalty: SAMPLING.presencePenalty,
      frequency_penalty: SAMPLING.frequencyPenalty,
      seed,
    }),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);

  let first: number | undefined;
  let last: number | undefined;
  let tokens = 0;
  for await (
    const { data } of response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(
      new EventSourceParserStream(),
    )
  ) {
    if (data === "[DONE]") break;
    const { choices, usage } = chunkSchema.parse(JSON.parse(data));
    if (choices[0]?.delta.content) {
      last = performance.now();
      first ??= last;
    }
    tokens = usage?.completion_tokens ?? tokens;
  }
  if (first === undefined || last === undefined || first === last) return { tokens: 0, seconds: 0 };
  // The first token is there when the clock starts.
  return { tokens: tokens - 1, seconds: (last - first) / 1000 };
}

/** Tokens a second of steps and samples, and nothing else. */
async function bareEngine(engine: Engine, tokens: number): Promise<number> {
  const sampler = new Sampler(SAMPLING);
  let read: ReadRequest = { state: RecurrentState.empty(engine.layout), tokens: [0] };
  const started = performance.now();
  for (let i = 0; i < tokens; i++) {
    const [result] = await engine.forward([read]);
    read = { state: result!.state, tokens: [sampler.sample(result!.logits)], consume: true };
  }
  return (tokens * 1000) / (performance.now() - started);
}
