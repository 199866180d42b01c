import type { ModelConfig } from "../rwkv/model_config.ts";
import { type StateLayout, stateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import type { Generated, GenerateOptions, Piece } from "./generate.ts";
import type { Inference, Sequence } from "./inference.ts";
import type { LoadedModel, ModelSource, TokenizerSource } from "./worker_protocol.ts";
import { type EngineCall, EngineThread } from "./worker_thread.ts";

/** What a {@linkcode WorkerInference} is started with. */
export interface WorkerInferenceOptions extends ModelSource, TokenizerSource {
  /** Called once if the thread dies. Sequences fail with {@linkcode EngineStoppedError} from then on. */
  readonly onCrash?: (error: unknown) => void;
  /** A thread that was started already, and may have begun to load this model. @default a new one */
  readonly thread?: EngineThread;
}

/**
 * An engine in a thread of its own, so that whoever answers requests never waits for a matrix product. Generation runs
 * there as a whole: waking another thread for each token would cost a fifth of the rate of a small model.
 */
export class WorkerInference implements Inference {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly initialState: RecurrentState | undefined;
  /** Why the engine `auto` is onnxruntime-web, if it is. */
  readonly fallback: string | undefined;
  /** Why one thread computes alone where more were asked for, if it does. */
  readonly alone: string | undefined;
  readonly #thread: EngineThread;
  #sequences = 0;

  private constructor(thread: EngineThread, model: LoadedModel) {
    this.#thread = thread;
    this.config = model.config;
    this.layout = stateLayout(model.config);
    this.modelFingerprint = model.modelFingerprint;
    this.fingerprint = model.fingerprint;
    this.initialState = model.initialState && new RecurrentState(this.layout, model.initialState);
    this.fallback = model.fallback;
    this.alone = model.alone;
  }

  /**
   * Starts the thread and loads a model in it, unless both have begun.
   *
   * @throws what loading threw in the thread
   */
  static async start(
    { onCrash, thread = new EngineThread(), tokenizer, vocabulary, speculation = false, ...model }:
      WorkerInferenceOptions,
  ): Promise<WorkerInference> {
    thread.onCrash = onCrash;
    try {
      if (!thread.loading) thread.load(model);
      return new WorkerInference(
        thread,
        await thread.loaded({ tokenizer, vocabulary, speculation }),
      );
    } catch (error) {
      thread.terminate(error);
      throw error;
    }
  }

  open(state?: RecurrentState): Sequence {
    const sequence = this.#sequences++;
    this.#thread.send({ type: "open", sequence, data: state?.data });
    return new WorkerSequence(this.#thread, sequence, this.layout);
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }
}

class WorkerSequence implements Sequence {
  readonly #thread: EngineThread;
  readonly #id: number;
  readonly #layout: StateLayout;
  #open = true;

  constructor(thread: EngineThread, id: number, layout: StateLayout) {
    this.#thread = thread;
    this.#id = id;
    this.#layout = layout;
  }

  async read(
    tokens: readonly number[],
    signal: AbortSignal,
    onRead?: (tokens: number) => void,
  ): Promise<Float32Array<ArrayBuffer>> {
    const tellRead = onRead !== undefined;
    using call = this.#thread.begin({ type: "read", sequence: this.#id, tokens, tellRead }, signal);
    return await valueOf(call, onRead);
  }

  async *generate(
    { signal, onPrompt, onRead, ...rest }: GenerateOptions,
  ): AsyncGenerator<Piece, Generated> {
    const options = {
      ...rest,
      keepPrompt: onPrompt !== undefined,
      tellRead: onRead !== undefined,
    };
    using call = this.#thread.begin({ type: "generate", sequence: this.#id, options }, signal);
    for (;;) {
      const reply = await call.next();
      if (reply.type === "read") {
        onRead?.(reply.tokens);
        continue;
      }
      if (reply.type === "prompt") {
        const { state, logits } = reply;
        onPrompt?.({ state: new RecurrentState(this.#layout, state), logits });
        continue;
      }
      if (reply.type === "generated") return reply.generated;
      if (reply.type !== "text") throw new UnexpectedReplyError(reply.type);
      for (const piece of reply.pieces) {
        yield piece;
        call.taken();
      }
    }
  }

  async state(): Promise<RecurrentState> {
    using call = this.#thread.begin({ type: "state", sequence: this.#id });
    return new RecurrentState(this.#layout, await valueOf(call));
  }

  close(): void {
    if (this.#open) this.#thread.send({ type: "end", sequence: this.#id });
    this.#open = false;
  }
}

/** The one reply of a call that asks for numbers, but for those that tell how far it is. */
async function valueOf(
  call: EngineCall,
  onRead?: (tokens: number) => void,
): Promise<Float32Array<ArrayBuffer>> {
  let reply = await call.next();
  for (; reply.type === "read"; reply = await call.next()) onRead?.(reply.tokens);
  if (reply.type !== "value") throw new UnexpectedReplyError(reply.type);
  return reply.value;
}

/** The thread answers a call with what was not asked for: a mistake of ours. */
class UnexpectedReplyError extends Error {
  override readonly name = "UnexpectedReplyError";
  constructor(type: string) {
    super(`The engine's thread answered with ${type}`);
  }
}
