import { unpackError } from "./crossing_error.ts";
import { EngineStoppedError } from "./inference.ts";
import {
  type Command,
  type LoadedModel,
  type ModelSource,
  PIECES_AHEAD,
  type Reply,
  type TokenizerSource,
} from "./worker_protocol.ts";

/** A reply that belongs to a call, and is no error. */
export type Answer = Extract<Reply, { type: "value" | "prompt" | "read" | "text" | "generated" }>;

/** A command that begins a call, without the number that the thread gives it. */
type Begin = Extract<Command, { type: "read" | "generate" | "state" }> extends infer C
  ? C extends { call: number } ? Omit<C, "call"> : never
  : never;

/** The engine's Worker, and the calls that wait for its replies. */
export class EngineThread {
  readonly #worker: Worker;
  readonly #calls = new Map<number, EngineCall>();
  readonly #loaded = Promise.withResolvers<LoadedModel>();
  readonly #closed = Promise.withResolvers<void>();
  #count = 0;
  #loading = false;
  #stopped: EngineStoppedError | undefined;

  /** Called now and then while a model is loaded that takes long, with the bytes that were read and those of all. */
  onLoading: ((done: number, total: number) => void) | undefined;
  /** Called once if the thread dies. */
  onCrash: ((error: unknown) => void) | undefined;

  constructor() {
    // It may go wrong before anybody waits for it.
    this.#loaded.promise.catch(() => {});
    this.#worker = new Worker(new URL("./worker_main.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<Reply>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // or it would end this thread as well
      this.terminate(event.message);
      this.onCrash?.(event.message);
    };
  }

  /** Begins to load a model. Comes first, and once. */
  load(model: ModelSource): void {
    this.#loading = true;
    this.send({ type: "load", ...model });
  }

  /** Whether it was told to load a model. */
  get loading(): boolean {
    return this.#loading;
  }

  /** Gives the model that is loading its tokenizer, and waits until it can be used. */
  loaded(tokenizer: TokenizerSource): Promise<LoadedModel> {
    this.send({ type: "tokenizer", ...tokenizer });
    return this.#loaded.promise;
  }

  /**
   * Begins a call. End it when the last reply is in, or none is wanted any more.
   *
   * @throws {EngineStoppedError}
   * @throws the signal's reason if it is aborted
   */
  begin(command: Begin, signal?: AbortSignal): EngineCall {
    if (this.#stopped !== undefined) throw this.#stopped;
    signal?.throwIfAborted();
    const id = this.#count++;
    const call = new EngineCall(signal, {
      taken: (pieces) => this.send({ type: "taken", call: id, pieces }),
      abort: () => this.send({ type: "abort", call: id }),
      end: () => this.#calls.delete(id),
    });
    this.#calls.set(id, call);
    this.send({ ...command, call: id });
    return call;
  }

  /** Sends what has no reply. */
  send(command: Command): void {
    if (this.#stopped === undefined) this.#worker.postMessage(command);
  }

  /** Lets the thread free the model, and ends it. */
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
    for (const call of this.#calls.values()) call.fail(this.#stopped);
    this.#calls.clear();
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case "loading":
        return this.onLoading?.(reply.done, reply.total);
      case "loaded":
        return this.#loaded.resolve(reply.model);
      case "failed":
        return this.#loaded.reject(unpackError(reply.error));
      case "closed":
        return this.#closed.resolve();
      case "error":
        return this.#calls.get(reply.call)?.fail(unpackError(reply.error));
      case "value":
      case "prompt":
      case "read":
      case "text":
      case "generated":
        return this.#calls.get(reply.call)?.push(reply);
    }
  }
}

/** What a call can tell the thread. */
interface CallActions {
  taken(pieces: number): void;
  abort(): void;
  end(): void;
}

/** A call under way: its replies, in order. */
export class EngineCall implements Disposable {
  readonly #signal: AbortSignal | undefined;
  readonly #actions: CallActions;
  readonly #replies: Answer[] = [];
  #waiting: PromiseWithResolvers<Answer> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Pieces that were taken and not told of yet. */
  #taken = 0;
  /** Whether the thread has nothing more to say. */
  #complete = false;

  constructor(signal: AbortSignal | undefined, actions: CallActions) {
    this.#signal = signal;
    this.#actions = actions;
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /**
   * The next reply.
   *
   * @throws what the call threw in the thread
   * @throws the signal's reason when it aborts
   */
  async next(): Promise<Answer> {
    const ready = this.#replies.shift();
    if (ready !== undefined) return ready;
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#waiting = Promise.withResolvers();
    return await this.#waiting.promise;
  }

  /** Says that a piece was taken, so that another may be made. */
  taken(): void {
    // Each message costs the engine time, so half a window is given back at once.
    if (++this.#taken < PIECES_AHEAD / 2) return;
    this.#actions.taken(this.#taken);
    this.#taken = 0;
  }

  push(reply: Answer): void {
    this.#complete = reply.type === "value" || reply.type === "generated";
    if (this.#waiting === undefined) this.#replies.push(reply);
    else this.#waiting.resolve(reply);
    this.#waiting = undefined;
  }

  fail(error: unknown): void {
    this.#complete = true;
    this.#failure = { error };
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Ends the call, and what the thread does for it. */
  [Symbol.dispose](): void {
    this.#signal?.removeEventListener("abort", this.#abort);
    if (!this.#complete) this.#actions.abort();
    this.#actions.end();
  }

  readonly #abort = (): void => {
    if (!this.#complete) this.#actions.abort();
    this.#replies.length = 0;
    this.fail(this.#signal!.reason);
  };
}
