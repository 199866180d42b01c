import type { ModelConfig } from "../rwkv/model_config.ts";
import { type StateLayout, stateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import { EngineStoppedError, type Inference, type Sequence } from "./inference.ts";
import { type Command, EngineError, type LoadedModel, type Reply } from "./worker_protocol.ts";

/** What the engine's thread is to load. */
export interface WorkerInferenceOptions {
  /** The checkpoint file. */
  readonly path: string;
  /** Threads of one operator. */
  readonly threads: number;
  /** Called once if the thread dies. Sequences fail with {@linkcode EngineStoppedError} from then on. */
  readonly onCrash?: (error: unknown) => void;
}

/** An engine in a thread of its own, so that whoever answers requests never waits for a matrix product. */
export class WorkerInference implements Inference {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly #thread: Thread;
  #sequences = 0;

  private constructor(thread: Thread, model: LoadedModel) {
    this.#thread = thread;
    this.config = model.config;
    this.layout = stateLayout(model.config);
    this.modelFingerprint = model.modelFingerprint;
    this.fingerprint = model.fingerprint;
  }

  /**
   * Starts the thread and loads a model in it.
   *
   * @throws {EngineError} with the name and message of what went wrong in the thread
   */
  static async start(options: WorkerInferenceOptions): Promise<WorkerInference> {
    const thread = new Thread(options.onCrash);
    try {
      return new WorkerInference(thread, await thread.load(options.path, options.threads));
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
  readonly #thread: Thread;
  readonly #id: number;
  readonly #layout: StateLayout;
  #open = true;

  constructor(thread: Thread, id: number, layout: StateLayout) {
    this.#thread = thread;
    this.#id = id;
    this.#layout = layout;
  }

  async read(
    tokens: readonly number[],
    signal: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>> {
    signal.throwIfAborted();
    const { call, value } = this.#thread.call();
    const abort = () => {
      this.#thread.send({ type: "abort", call });
      this.#thread.reject(call, signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      this.#thread.send({ type: "read", sequence: this.#id, call, tokens });
      return await value;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  mark(): void {
    this.#thread.send({ type: "mark", sequence: this.#id });
  }

  rewind(): void {
    this.#thread.send({ type: "rewind", sequence: this.#id });
  }

  async state(): Promise<RecurrentState> {
    const { call, value } = this.#thread.call();
    this.#thread.send({ type: "state", sequence: this.#id, call });
    return new RecurrentState(this.#layout, await value);
  }

  close(): void {
    if (this.#open) this.#thread.send({ type: "end", sequence: this.#id });
    this.#open = false;
  }
}

type Call = PromiseWithResolvers<Float32Array<ArrayBuffer>>;

/** The Worker and the calls that wait for its replies. */
class Thread {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  readonly #loaded = Promise.withResolvers<LoadedModel>();
  readonly #closed = Promise.withResolvers<void>();
  #count = 0;
  #stopped: EngineStoppedError | undefined;

  constructor(onCrash: ((error: unknown) => void) | undefined) {
    this.#worker = new Worker(new URL("./worker_main.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<Reply>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // or it would end this thread as well
      this.terminate(event.message);
      onCrash?.(event.message);
    };
  }

  load(path: string, threads: number): Promise<LoadedModel> {
    this.send({ type: "load", path, threads });
    return this.#loaded.promise;
  }

  /** A number for a call, and the promise of its value. */
  call(): { call: number; value: Promise<Float32Array<ArrayBuffer>> } {
    if (this.#stopped !== undefined) throw this.#stopped;
    const waiting: Call = Promise.withResolvers();
    const call = this.#count++;
    this.#calls.set(call, waiting);
    return { call, value: waiting.promise };
  }

  send(command: Command): void {
    if (this.#stopped === undefined) this.#worker.postMessage(command);
  }

  reject(call: number, reason: unknown): void {
    this.#calls.get(call)?.reject(reason);
    this.#calls.delete(call);
  }

  async close(): Promise<void> {
    if (this.#stopped !== undefined) return;
    this.send({ type: "close" });
    await this.#closed.promise;
    this.terminate(undefined);
  }

  /** Ends the thread; everything that waits for it fails. */
  terminate(cause: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = new EngineStoppedError(cause);
    this.#worker.terminate();
    this.#loaded.reject(this.#stopped);
    this.#closed.resolve();
    for (const call of [...this.#calls.keys()]) this.reject(call, this.#stopped);
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case "loaded":
        return this.#loaded.resolve(reply.model);
      case "failed":
        return this.#loaded.reject(new EngineError(reply.error));
      case "closed":
        return this.#closed.resolve();
      case "error":
        return this.reject(reply.call, new EngineError(reply.error));
      case "value":
        this.#calls.get(reply.call)?.resolve(reply.value);
        this.#calls.delete(reply.call);
    }
  }
}
