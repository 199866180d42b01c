/**
 * Tokens straight from the engine: a model in a thread of its own, without a server, a prompt template or a store.
 *
 * ```ts ignore
 * import { loadModel } from "@tern/tern/engine";
 *
 * await using model = await loadModel("models/tern-7m");
 * for await (const text of model.generate("User: Hello.\n\nAssistant:", { maxTokens: 20 })) {
 *   console.log(text);
 * }
 * ```
 *
 * @module
 */
import type { EngineOptions } from "./engine/engine_options.ts";
import type { Inference, Sequence } from "./engine/inference.ts";
import { openModel } from "./models/open_model.ts";
import { defaultSampling } from "./sampling/default_sampling.ts";
import type { SamplingOptions } from "./sampling/sampler.ts";
import type { RecurrentState } from "./state/recurrent_state.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** How {@linkcode LoadedModel.generate} generates. What is absent is as the model has it. */
export interface GenerateTextOptions extends Partial<SamplingOptions> {
  readonly maxTokens?: number;
  /** Texts that end the answer, and are not part of it. */
  readonly stop?: readonly string[];
  /** Where to begin. @default the empty state */
  readonly state?: RecurrentState;
  /** Given the state after the answer, when it has ended. */
  readonly onState?: (state: RecurrentState) => void;
  readonly signal?: AbortSignal;
}

/** A model that is loaded. */
export interface LoadedModel extends AsyncDisposable {
  readonly tokenizer: Tokenizer;
  /** The engine, for whoever wants logits or many sequences at once. */
  readonly inference: Inference;
  /** Opens a sequence, which reads tokens and gives logits and states. Close it when done. */
  open(state?: RecurrentState): Sequence;
  /** Reads a text as it is, and generates what follows, piece by piece. */
  generate(prompt: string, options?: GenerateTextOptions): AsyncGenerator<string, void>;
  /** Ends all sequences and frees the model. */
  close(): Promise<void>;
}

/**
 * Loads a model into an engine in a thread of its own.
 *
 * @param model a file, a folder, or the URL of a `model.parts.json`
 * @throws what keeps the model from being run
 */
export async function loadModel(
  model: string,
  { engine = "auto", weights = "auto", threads = 1 }: Partial<EngineOptions> = {},
): Promise<LoadedModel> {
  const { folder, inference, tokenizer } = await openModel(model, { engine, weights, threads });
  const { config } = folder;
  const defaults = defaultSampling(config.sampling);
  async function* generate(
    prompt: string,
    options: GenerateTextOptions = {},
  ): AsyncGenerator<string, void> {
    const { maxTokens, stop = [], state, onState, signal, ...sampling } = options;
    const sequence = inference.open(state);
    try {
      const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
      const pieces = sequence.generate({
        prompt: tokenizer.encode(prompt),
        sampling: { ...defaults, seed, ...sampling },
        endOfText: config.eos_token_id,
        stop,
        maxTokens: maxTokens ?? defaults.maxTokens,
        signal: signal ?? new AbortController().signal,
      });
      for await (const { text } of pieces) yield text;
      onState?.(await sequence.state());
    } finally {
      sequence.close();
    }
  }
  const close = (): Promise<void> => inference.close();
  return {
    tokenizer,
    inference,
    open: (state) => inference.open(state),
    generate,
    close,
    [Symbol.asyncDispose]: close,
  };
}
