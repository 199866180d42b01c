import type { Generated, Piece } from "../engine/generate.ts";
import type { Inference, Sequence } from "../engine/inference.ts";
import { InferenceOver } from "../engine/inference_over.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { ServerMetrics } from "./server_metrics.ts";
import type { Tracer } from "./tracer.ts";

/** What an {@linkcode ObservedInference} reports to. */
export interface InferenceObservers {
  readonly metrics: Pick<ServerMetrics, "prefilled" | "decoded">;
  readonly tracer: Tracer;
  /** Milliseconds from any moment on. */
  readonly now: () => number;
}

/** Another inference, whose generations are measured: until the first piece of text, and after it. */
export class ObservedInference extends InferenceOver<Inference> {
  readonly #observers: InferenceObservers;

  constructor(inference: Inference, observers: InferenceObservers) {
    super(inference);
    this.#observers = observers;
  }

  open(state?: RecurrentState): Sequence {
    const sequence = this.inner.open(state);
    return {
      read: (tokens, signal, onRead) => sequence.read(tokens, signal, onRead),
      generate: (options) =>
        observed(sequence.generate(options), options.prompt.length, this.#observers),
      state: () => sequence.state(),
      close: () => sequence.close(),
    };
  }
}

/** The same pieces. The time in which nobody asks for one is not the engine's, and is left out. */
async function* observed(
  generation: AsyncGenerator<Piece, Generated>,
  prompt: number,
  { metrics, tracer, now }: InferenceObservers,
): AsyncGenerator<Piece, Generated> {
  const prefill = tracer.start("prefill", { "tern.tokens": prompt });
  let decode: ReturnType<Tracer["start"]> | undefined;
  let prefillMs = 0;
  let decodeMs = 0;
  try {
    let start = now();
    let step = await prefill.run(() => generation.next());
    prefillMs += now() - start;
    // Pieces that only tell how likely the prompt was come while it is read.
    while (!step.done && step.value.prompt !== undefined) {
      yield step.value;
      start = now();
      step = await prefill.run(() => generation.next());
      prefillMs += now() - start;
    }
    metrics.prefilled(prefillMs);
    prefill.end();
    decode = tracer.start("decode");
    while (!step.done) {
      yield step.value;
      start = now();
      step = await decode.run(() => generation.next());
      decodeMs += now() - start;
    }
    const { tokens, reason } = step.value;
    metrics.decoded(decodeMs, tokens.length - 1);
    decode.set({ "tern.tokens": tokens.length, "tern.finish_reason": reason });
    return step.value;
  } catch (error) {
    prefill.end(error);
    decode?.end(error);
    throw error;
  } finally {
    prefill.end();
    decode?.end();
    // Who leaves in the middle leaves the generation in the middle: it must know, to let go of what it holds.
    await generation.return({ reason: "stop", tokens: [] });
  }
}
