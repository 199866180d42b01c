import type { Engine, ReadRequest } from "../../src/engine/engine.ts";
import { Sampler } from "../../src/sampling/sampler.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { type Server, startServer } from "../start_server.ts";
import { endlessFolder } from "./endless_folder.ts";
import type { JobOf } from "./job.ts";
import { loadModel, THREADS } from "./models.ts";
import type { Series } from "./series.ts";
import { randomTokens, SAMPLING } from "./speed.ts";

/** Rounds that warm up both sides, before those that are looked at. */
const WARM_UP_ROUNDS = 1;

/** Streams that were read to their ends. */
interface Answers {
  /** Of the slowest stream, from the requests on, in milliseconds. */
  readonly firstMs: number;
  readonly promptTokens: number;
  /** Tokens a second of all streams together, from the first piece of any to the last of any. */
  readonly rate: number;
}

/**
 * How much of the bare engine's speed with as many sequences reaches clients that stream at the same time, and how long
 * they wait for their first tokens, over the time that reading their prompts takes. The clients share the cores with both.
 */
export async function benchStreams(
  { engine: name, weights, model, file, streams, tokens, rounds }: JobOf<"streams">,
): Promise<Series[]> {
  await using folder = await endlessFolder(file);
  await using server = await startServer({
    model: folder.path,
    store: "memory",
    env: { TERN_MAX_RUNNING: `${streams}` },
  });
  await using loaded = await loadModel(file, { engine: name, weights });
  const { engine } = loaded;
  const samples = { http: [] as number[], bare: [] as number[], first: [] as number[] };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const answers = await overHttp(server, streams, tokens, round);
    const bare = await bareEngine(engine, streams, tokens);
    const readMs = await readPrompts(engine, streams, answers.promptTokens);
    if (round < 0) continue;
    samples.http.push(answers.rate);
    samples.bare.push(bare);
    samples.first.push(answers.firstMs / readMs);
  }
  const common = { engine: name, weights, model, threads: THREADS, batch: streams } as const;
  const ratio = samples.http.map((rate, i) => rate / samples.bare[i]!);
  return [
    { ...common, bench: "streams", unit: "tokens/s", samples: samples.http },
    { ...common, bench: "streams, bare engine", unit: "tokens/s", samples: samples.bare },
    { ...common, bench: "streams / bare engine", unit: "ratio", samples: ratio },
    { ...common, bench: "streams, last first token", unit: "ratio", samples: samples.first },
  ];
}

/** Streams that begin together. No two have the same prompt. */
async function overHttp(
  server: Server,
  streams: number,
  tokens: number,
  round: number,
): Promise<Answers> {
  const started = performance.now();
  const all = await Promise.all(
    Array.from({ length: streams }, (_, i) => stream(server, tokens, `${round + 2} of ${i}`)),
  );
  const first = Math.min(...all.map((one) => one.first));
  const last = Math.max(...all.map((one) => one.last));
  return {
    firstMs: Math.max(...all.map((one) => one.first)) - started,
    promptTokens: Math.max(...all.map((one) => one.promptTokens)),
    rate: (streams * (tokens - 1) * 1000) / (last - first),
  };
}

/** When the first and the last piece of an answer came. It is looked at as little as can be: that takes the server's time. */
async function stream(server: Server, tokens: number, about: string) {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: server.model,
      messages: [{ role: "user", content: `Please tell me story ${about}.` }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: tokens,
      temperature: SAMPLING.temperature,
      top_p: SAMPLING.topP,
      seed: 1,
    }),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  let first: number | undefined;
  let last = 0;
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    last = performance.now();
    if (first === undefined && piece.includes('"content":"')) first = last;
    text = piece.length > 1000 ? piece : (text + piece).slice(-1000);
  }
  const promptTokens = Number(/"prompt_tokens":(\d+)/.exec(text)?.[1]);
  const completionTokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1]);
  if (first === undefined || completionTokens !== tokens) {
    throw new RangeError(`an answer has ${completionTokens} tokens, not ${tokens}`);
  }
  return { first, last, promptTokens };
}

/** Tokens a second of steps and samples of a batch, and nothing else. */
async function bareEngine(engine: Engine, batch: number, tokens: number): Promise<number> {
  const samplers = Array.from({ length: batch }, (_, i) => new Sampler({ ...SAMPLING, seed: i }));
  let reads = Array.from({ length: batch }, (): ReadRequest => ({
    state: RecurrentState.empty(engine.layout),
    tokens: [0],
  }));
  const started = performance.now();
  for (let i = 0; i < tokens; i++) {
    const results = await engine.forward(reads);
    reads = results.map(({ state, logits }, at) => ({
      state,
      tokens: [samplers[at]!.sample(logits)],
      consume: true,
    }));
  }
  return (batch * tokens * 1000) / (performance.now() - started);
}

/** Milliseconds that reading so many prompts takes, one after the other. */
async function readPrompts(engine: Engine, prompts: number, tokens: number): Promise<number> {
  const prompt = randomTokens(engine, tokens);
  const started = performance.now();
  for (let i = 0; i < prompts; i++) {
    await engine.forward([{ state: RecurrentState.empty(engine.layout), tokens: prompt }]);
  }
  return performance.now() - started;
}
