/**
 * The entry of a process that generates tokens with one architecture, on onnxruntime-web in float32 and one thread. The job
 * is given as JSON; the result is written as JSON to standard output.
 *
 * @module
 */
import { elementCount } from "../../src/checkpoint/tensor.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { residentMegabytes } from "../bench/memory.ts";
import { RandomCheckpoint } from "../bench/random_checkpoint.ts";
import { type Job, jobSchema, type Run, rwkvShape, transformerParameters } from "./job.ts";
import { cacheBytes, Transformer } from "./transformer.ts";

const THREADS = 1;
/** Until the code is compiled as well as it will be. */
const WARM_UP_TOKENS = 100;

/** A model that generates. */
interface Generator extends AsyncDisposable {
  readonly parameters: number;
  /** Forgets what was read. */
  reset(): void;
  /** Reads a token; the logits of the next. */
  step(token: number): Promise<Float32Array>;
  /** Bytes that hold what was read. */
  held(): number;
}

async function loadRwkv(version: "4" | "7", job: Job): Promise<Generator> {
  const checkpoint = new RandomCheckpoint(rwkvShape(version, job.shape));
  const engine = await OrtEngine.load(checkpoint, await loadWebRuntime(), { threads: THREADS });
  const tensors = [...checkpoint.tensors.values()];
  let state = RecurrentState.empty(engine.layout);
  return {
    parameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape)!, 0),
    reset() {
      state = RecurrentState.empty(engine.layout);
    },
    async step(token) {
      const [result] = await engine.forward([{ state, tokens: [token], consume: true }]);
      state = result!.state;
      return result!.logits;
    },
    held: () => state.data.byteLength,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

async function loadTransformer({ shape }: Job): Promise<Generator> {
  const model = await Transformer.load(shape, await loadWebRuntime(), THREADS);
  let cache = model.empty();
  return {
    parameters: transformerParameters(shape),
    reset() {
      cache = model.empty();
    },
    async step(token) {
      const result = await model.forward([token], cache);
      cache = result.cache;
      return result.logits;
    },
    held: () => cacheBytes(cache),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

function load(job: Job): Promise<Generator> {
  switch (job.architecture) {
    case "RWKV-4":
      return loadRwkv("4", job);
    case "RWKV-7":
      return loadRwkv("7", job);
    case "Transformer":
      return loadTransformer(job);
  }
}

async function measure(job: Job): Promise<Run> {
  await using model = await load(job);
  let token = 0;
  const step = async () => {
    const logits = await model.step(token);
    token = logits.indexOf(logits.reduce((largest, x) => Math.max(largest, x)));
  };
  for (let i = 0; i < WARM_UP_TOKENS; i++) await step();
  model.reset();

  const look = (tokens: number, seconds: number) => {
    return { tokens, seconds, resident: residentMegabytes(), held: model.held() };
  };
  const points = [look(0, 0)];
  let seconds = 0;
  for (let done = 1; done <= job.tokens; done++) {
    const started = performance.now();
    await step();
    seconds += (performance.now() - started) / 1000;
    if (done % job.every === 0) points.push(look(done, seconds));
  }
  return { ...job, parameters: model.parameters, points };
}

const run = await measure(jobSchema.parse(JSON.parse(Deno.args[0] ?? "null")));
await new Blob([JSON.stringify(run)]).stream().pipeTo(Deno.stdout.writable);
