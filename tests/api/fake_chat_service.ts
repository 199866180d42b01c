import { splitThoughts } from "../../src/prompt/answer_parser.ts";
import { type ChatTemplate, chatTemplate } from "../../src/prompt/template.ts";
import type { Effort } from "../../src/prompt/thinking.ts";
import type { TokenLogprobs } from "../../src/sampling/token_logprobs.ts";
import { stateLayout } from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { AnswerStream } from "../../src/stream/answer_stream.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import type { ResponseTree } from "../../src/tree/response_tree.ts";
import type { PromptProgress } from "../../src/turn/prompt_progress.ts";
import { prefixHashes } from "../../src/turn/state_names.ts";
import type {
  ChatService,
  FinishReason,
  Turn,
  TurnEnd,
  TurnEvent,
  TurnInput,
  TurnRequest,
  TurnUsage,
} from "../../src/turn/turn.ts";

/** What a fake turn does. */
export interface FakeScript {
  /** The texts to yield, in order. A promise is waited for. */
  readonly pieces?: Iterable<string | Promise<string>>;
  /** How likely the tokens of each piece were. */
  readonly logprobs?: readonly (readonly TokenLogprobs[])[];
  readonly reason?: FinishReason;
  readonly usage?: TurnUsage;
  /** What is told of the reading of the prompt, before the first text. */
  readonly progress?: readonly PromptProgress[];
  /** A place that turns have to wait for before they begin. */
  readonly place?: Promise<unknown>;
  /** Thrown by `begin`, after the place is there. */
  readonly beginError?: unknown;
  /** Ends the stream after the pieces, instead of an end event. */
  readonly streamError?: unknown;
  /** The stream closes after the pieces, with no end event. */
  readonly unfinished?: boolean;
  /** Fails the stream after the end event. */
  readonly cleanupError?: unknown;
}

const LAYOUT = stateLayout({ version: "4", n_layer: 1, n_embd: 4, head_size: 0 });

/** Bytes of the states that it stores. */
export const STATE_BYTES = RecurrentState.empty(LAYOUT).data.byteLength;
/** What the states of the fake service are of. */
export const FAKE_MODEL = { layout: LAYOUT, modelFingerprint: "fake model" };

/** A chat service that says what it is told to, and records what it was asked. */
export class FakeChatService implements ChatService {
  readonly model = "tern-test";
  readonly created = 1_700_000_000;
  readonly fingerprint = "fake model, fake engine";
  readonly tokenizer = new ByteTokenizer();
  readonly defaults = {
    temperature: 0.9,
    topP: 0.8,
    topK: 40,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    penaltyDecay: 0.99,
    maxTokens: 500,
    maxTokensLimit: 2_000,
  };
  template: ChatTemplate = chatTemplate("rwkv_world");
  effort: Effort | undefined;
  readonly stateBytes = STATE_BYTES;
  readonly requests: TurnRequest[] = [];
  /** How many events were taken from all streams. */
  pulls = 0;
  /** How many streams their readers left. */
  left = 0;
  script: FakeScript;

  /** Where turns that are to be stored are stored. */
  readonly tree: ResponseTree | undefined;

  constructor(
    script: FakeScript = { pieces: ["Hello", ", ", "world"] },
    tree?: ResponseTree,
  ) {
    this.script = script;
    this.tree = tree;
  }

  /** The latest request. */
  get request(): TurnRequest {
    const request = this.requests.at(-1);
    if (!request) throw new Error("Nothing was asked of the service");
    return request;
  }

  async begin(request: TurnRequest): Promise<Turn> {
    this.requests.push(request);
    const { place } = this.script;
    if (place !== undefined) {
      request.onWait?.();
      const aborted = Promise.withResolvers<never>();
      request.signal.addEventListener("abort", () => aborted.reject(request.signal.reason));
      await Promise.race([place, aborted.promise]);
    }
    return await this.#begin(request);
  }

  #begin(request: TurnRequest): Promise<Turn> {
    if (this.script.beginError !== undefined) return Promise.reject(this.script.beginError);
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    const seed = request.sampling.seed ?? 42;
    const start = { manifest: null, tokens: 0, unread: request.messages.length, prefix: "", seed };
    return Promise.resolve({ seed, start, events: this.#events(request) });
  }

  count({ messages }: TurnInput): Promise<number> {
    return Promise.resolve(messages.reduce((sum, { text }) => sum + text.length, 0));
  }

  promptTokens({ messages }: Pick<TurnInput, "messages" | "readOnly">): Promise<number[]> {
    return Promise.resolve(this.tokenizer.encode(messages.map(({ text }) => text).join("")));
  }

  async #store(request: TurnRequest, answer: string, end: TurnEnd): Promise<void> {
    const { tenant, storeAs, commitWith, messages, previous, instructions, itemIds = [] } = request;
    if (storeAs === undefined) return;
    const said = this.template.thinks ? splitThoughts(answer) : { answer };
    const reply = request.readOnly ? [] : request.toReply?.(said) ??
      [{ id: "", message: { role: "assistant" as const, text: said.answer } }];
    const [prefix] = await prefixHashes(storeAs, [{ role: "assistant", text: "" }]);
    await this.tree?.commitTurn(tenant, {
      node: {
        id: storeAs,
        parent: previous ?? null,
        instructions: instructions ?? null,
        messages: [...messages, ...reply.map(({ message }) => message)],
        itemIds: [...itemIds, ...reply.map(({ id }) => id)],
        engineFingerprint: this.fingerprint,
        seed: 42,
      },
      prefix: prefix!,
      state: RecurrentState.empty(LAYOUT),
      tokens: 10,
      modelFingerprint: "fake model",
      precision: "f32",
    }, commitWith && (() => commitWith(end)));
  }

  #events(request: TurnRequest): AnswerStream<TurnEvent> {
    const { script } = this;
    const events = new AnswerStream<TurnEvent>(
      (signal) => this.#steps(request, script, signal),
      request.signal,
    );
    return events.watch({
      onOver: ({ type }) => void (this.left += type === "left" ? 1 : 0),
    });
  }

  async *#steps(
    request: TurnRequest,
    script: FakeScript,
    signal: AbortSignal,
  ): AsyncGenerator<TurnEvent, void> {
    let count = 0;
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    signal.addEventListener("abort", () => aborted.reject(signal.reason));
    let answer = "";
    let ended = false;
    try {
      if (this.pulls === 0) {
        for (const progress of script.progress ?? []) {
          request.onProgress?.(progress);
          for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
        }
      }
      const pieces = (request.readOnly ? [] : script.pieces ?? [])[Symbol.iterator]();
      for (;;) {
        this.pulls++;
        const next = pieces.next();
        if (next.done) break;
        const text = await Promise.race([next.value, aborted.promise]);
        answer += text;
        const logprobs = request.topLogprobs === undefined
          ? undefined
          : script.logprobs?.[count++] ?? [];
        yield { type: "text", text, tokens: [1], ...(logprobs ? { logprobs } : {}) };
      }
      if (script.streamError !== undefined) throw script.streamError;
      if (script.unfinished) return;
      const { reason = "stop", usage = { prompt: 7, cached: 4, completion: 3 } } = script;
      const end: TurnEnd = { type: "end", reason, usage };
      request.onKept?.({
        state: RecurrentState.empty(LAYOUT),
        modelFingerprint: FAKE_MODEL.modelFingerprint,
        tokens: 10,
        prefix: "",
        instructions: request.instructions,
        messages: [...request.messages, { role: "assistant", text: answer }],
      });
      await this.#store(request, answer, end);
      ended = true;
      yield end;
    } finally {
      // deno-lint-ignore no-unsafe-finally -- this is what is tested
      if (ended && script.cleanupError !== undefined) throw script.cleanupError;
    }
  }
}
