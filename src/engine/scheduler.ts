import { Constrainer } from "../constrain/constrainer.ts";
import type { ModelConfig } from "../rwkv/model_config.ts";
import type { StateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type Engine, firstState, type OnLogits } from "./engine.ts";
import { generate, type Generated, type GenerateOptions, type Piece } from "./generate.ts";
import type { Rewindable } from "./rewindable.ts";
import { nextTask } from "./next_task.ts";
import { checkFinite } from "./non_finite_state_error.ts";
import { EngineStoppedError, type Inference, type Sequence, SequenceError } from "./inference.ts";
import { RoundBudget } from "./round_budget.ts";

/**
 * How long the event loop may have to wait. A turn costs some 70 us in Deno: too much after each step of a small model,
 * nothing after one that takes longer than this.
 */
const TURN_MS = 4;

/** Sequences beside which tokens are guessed. With more, a pass over the weights is shared by others already. */
const MOST_GUESSING = 2;

/** What a {@linkcode Scheduler} may differ in. */
export interface SchedulerOptions {
  /** Whether tokens of answers are guessed and read in one pass, where that gives the same answer. @default {false} */
  readonly speculation?: boolean;
}

/** A read that waits for its turn, or has had some of its chunks read. */
interface Job {
  readonly tokens: readonly number[];
  readonly signal: AbortSignal;
  readonly onLogits: OnLogits | undefined;
  readonly resolve: (logits: Float32Array<ArrayBuffer>) => void;
  readonly reject: (reason: unknown) => void;
  state: RecurrentState;
  /** Whether nobody else needs the state. */
  consume: boolean;
  at: number;
  /** Told after each chunk how many tokens have been read. */
  readonly onRead: ((tokens: number) => void) | undefined;
  /** Takes the state when the read is complete. */
  readonly finish: (state: RecurrentState) => void;
}

/**
 * Shares one engine among sequences. All reads that wait take part in every round with one chunk each, so that
 * single steps of running answers go on while a long prompt is read; beside others a chunk is as short as it takes to keep
 * a round within 50 ms. An abort takes effect within one chunk, or within
 * the few milliseconds after which the event loop turns.
 */
export class Scheduler implements Inference {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly initialState: RecurrentState | undefined;
  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;
  readonly #budget: RoundBudget;
  readonly #constrainer: Constrainer;
  #jobs: Job[] = [];
  #running = false;
  /** Whether answers are guessed ahead. */
  readonly #speculates: boolean;
  /** Reads in the last round. */
  #reading = 0;
  /** When the event loop turned last. */
  #lastTurn = 0;
  #rounds: Promise<void> | undefined;
  #stopped = false;

  /** @param tokenizer turns what sequences generate into text */
  constructor(
    engine: Engine,
    tokenizer: Tokenizer,
    { speculation = false }: SchedulerOptions = {},
  ) {
    this.#speculates = speculation && engine.splitsExactly === true;
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#budget = new RoundBudget(engine.chunkSize);
    this.#constrainer = new Constrainer(tokenizer);
    this.config = engine.config;
    this.layout = engine.layout;
    this.modelFingerprint = engine.modelFingerprint;
    this.fingerprint = engine.fingerprint;
    this.initialState = engine.initialState;
  }

  open(state: RecurrentState = firstState(this)): Sequence {
    const tools: SequenceTools = {
      tokenizer: this.#tokenizer,
      constrainer: this.#constrainer,
      mayReadAhead: () => this.#speculates && this.#reading <= MOST_GUESSING,
      drop: (state) => this.#engine.drop?.(state),
    };
    return new ScheduledSequence(state, tools, (job) => this.#add(job));
  }

  async close(): Promise<void> {
    this.#stopped = true;
    for (const job of this.#jobs.splice(0)) job.reject(new EngineStoppedError());
    await this.#rounds;
    await this.#engine.close();
  }

  #add(job: Job): void {
    if (this.#stopped) return job.reject(new EngineStoppedError());
    if (job.signal.aborted) return job.reject(job.signal.reason);
    this.#jobs.push(job);
    if (!this.#running) this.#rounds = this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    await this.#breathe(); // so that reads that are asked for at the same time share the first round
    while (this.#jobs.length > 0) {
      const round = [...this.#jobs];
      this.#reading = round.length;
      const lengths = this.#budget.share(round.map(({ tokens, at }) => tokens.length - at));
      const started = performance.now();
      try {
        const results = await this.#engine.forward(
          round.map(({ state, consume, tokens, at, onLogits }, i) => ({
            state,
            consume,
            tokens: tokens.slice(at, at + lengths[i]!),
            ...(onLogits && {
              onLogits: (logits: Float32Array, index: number) => onLogits(logits, at + index),
            }),
          })),
        );
        const total = lengths.reduce((sum, length) => sum + length, 0);
        this.#budget.measured(total, performance.now() - started);
        for (const [i, job] of round.entries()) {
          const { state, logits } = results[i]!;
          job.state = state;
          job.consume = true;
          job.at += lengths[i]!;
          if (job.at < job.tokens.length) job.onLogits?.(logits, job.at - 1);
          if (!job.signal.aborted) job.onRead?.(job.at);
          if (job.at < job.tokens.length || job.signal.aborted) continue;
          job.finish(state);
          job.resolve(logits);
        }
      } catch (error) {
        // What went wrong is not known to be one sequence's fault alone, so all of the round fail.
        for (const job of round) job.reject(error);
        this.#jobs = this.#jobs.filter((job) => !round.includes(job));
      }
      await this.#breathe();
      this.#jobs = this.#jobs.filter((job) => !this.#isOver(job));
    }
    this.#running = false;
  }

  /** Engines may compute without ever letting go of the thread, and messages and aborts must be seen. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < TURN_MS) return;
    await nextTask();
    this.#lastTurn = performance.now();
  }

  #isOver(job: Job): boolean {
    if (job.signal.aborted) job.reject(job.signal.reason);
    return job.signal.aborted || job.at >= job.tokens.length;
  }
}

/** What sequences share. */
interface SequenceTools {
  readonly tokenizer: Tokenizer;
  readonly constrainer: Constrainer;
  /** Whether it pays now to read ahead. */
  readonly mayReadAhead: () => boolean;
  /** Says that a state is not needed any more. */
  readonly drop: (state: RecurrentState) => void;
}

class ScheduledSequence implements Sequence, Rewindable {
  readonly #tools: SequenceTools;
  #state: RecurrentState | undefined;
  #marked: RecurrentState | undefined;
  readonly #add: (job: Job) => void;

  constructor(state: RecurrentState, tools: SequenceTools, add: (job: Job) => void) {
    this.#state = state;
    this.#tools = tools;
    this.#add = add;
  }

  read(
    tokens: readonly number[],
    signal: AbortSignal,
    onRead?: (tokens: number) => void,
    onLogits?: OnLogits,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array<ArrayBuffer>>();
    const state = this.#current();
    // Until the read is complete there is no state to go on from.
    this.#state = undefined;
    const finish = (next: RecurrentState) => this.#state = next;
    const consume = state !== this.#marked;
    const job = { tokens, signal, onRead, onLogits, resolve, reject, state, consume, finish };
    this.#add({ ...job, at: 0 });
    return promise;
  }

  generate(options: GenerateOptions): AsyncGenerator<Piece, Generated> {
    const { tokenizer, constrainer } = this.#tools;
    const { grammar, begun } = options;
    const matcher = grammar &&
      constrainer.openAfter(grammar, options, begun?.inGrammar ? begun.tokens : []);
    return generate(this, tokenizer, options, matcher);
  }

  get mayReadAhead(): boolean {
    return this.#tools.mayReadAhead();
  }

  mark(): void {
    const state = this.#current();
    this.#unmark();
    this.#marked = state;
  }

  rewind(): void {
    if (this.#marked === undefined) throw new SequenceError("No state was marked");
    this.#state = this.#marked;
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async state(): Promise<RecurrentState> {
    const { layout, data } = this.#current();
    checkFinite(data); // whoever asks for it stores it
    return new RecurrentState(layout, data.slice());
  }

  close(): void {
    this.#unmark();
    this.#state = undefined;
  }

  #unmark(): void {
    if (this.#marked !== undefined && this.#marked !== this.#state) {
      this.#tools.drop(this.#marked);
    }
    this.#marked = undefined;
  }

  #current(): RecurrentState {
    if (this.#state === undefined) {
      throw new SequenceError("The sequence is closed, or a read is under way or has failed");
    }
    return this.#state;
  }
}
