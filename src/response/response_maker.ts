import type { FoundHead } from "../conversation/head.ts";
import { defaultTitle } from "../conversation/title.ts";
import type { Piece } from "../engine/generate.ts";
import type { Message } from "../prompt/message.ts";
import {
  ConversationBusyError,
  ConversationError,
  ResponseNotFinishedError,
  UnknownResponseError,
} from "../records/errors.ts";
import { AnswerStream } from "../stream/answer_stream.ts";
import { sleep } from "../stream/sleep.ts";
import type { Run } from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import { ServerStoppingError } from "../turn/end_turns.ts";
import { replyItems, splitAnswer } from "./answer_items.ts";
import type { CancelOptions } from "./cancel_run.ts";
import { followResponse } from "./follow_response.ts";
import type { HeldRun } from "./held_run.ts";
import { IdleWaiter } from "./idle_waiter.ts";
import { type BegunTurn, findChat, Making, type MakingParts, PAUSE_MS } from "./making.ts";
import { LOG_START } from "./run_log.ts";
import type { NewRun } from "./run_store.ts";
import {
  filedSchema,
  type NewResponse,
  type Origin,
  type OriginMode,
  type Place,
  type ResponseEvent,
  type ResponseMode,
  type ResponseService,
  type ResponseTurn,
  type StoredResponse,
} from "./stored_response.ts";
import { type StoreCleanup, Sweeper } from "./sweeper.ts";

const LEAVING = { whole: "drop", stream: "pause", background: "continue" } as const satisfies {
  [Mode in ResponseMode]: Run["leaving"];
};

/** Backoff of polling a response that may be about to end: the first pause and the longest. */
const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 100;

/** Options of a {@linkcode ResponseMaker}. */
export interface ResponseMakerParts extends MakingParts {
  readonly cleanup: StoreCleanup;
  /**
   * How long to wait, in milliseconds, for a response that another request may be about to cancel: a client that stops
   * an answer and sends the next message at once does not know which request arrives first. @default 1000
   */
  readonly graceMs?: number;
}

/**
 * Makes stored responses with a chat service. Each is held by a lease while it is made, and every piece is durable
 * before a client sees it. So any instance can take it over, and all readers see the same.
 */
export class ResponseMaker implements ResponseService {
  readonly #parts: MakingParts;
  readonly #graceMs: number;
  readonly #makings = new Map<string, Making>();
  readonly #sweeper: Sweeper;
  readonly #idle = new IdleWaiter();
  readonly #takingBack = new Set<Promise<void>>();
  #closed = false;
  /** Aborts once everything made here has been handed over. */
  readonly #handedOver = new AbortController();

  constructor({ graceMs = 1_000, cleanup, ...parts }: ResponseMakerParts) {
    this.#parts = parts;
    this.#graceMs = graceMs;
    this.#sweeper = new Sweeper({
      ...parts,
      cleanup,
      takeOver: (tenant, id) => this.#takeOver(tenant, id, false),
      cancel: (tenant, id) => this.cancel(tenant, id),
    });
  }

  async create(response: NewResponse, signal: AbortSignal): Promise<void> {
    const { tenant, conversation, patience = 0, onWait } = response;
    if (conversation === undefined) return await this.#create(response, signal);
    const busy = {
      id: conversation,
      name: nameOf(tenant, conversation),
      patience: Math.max(patience, this.#graceMs),
      // A client that did not ask to wait gets the error 409 after a short wait.
      onWait: patience > 0 ? onWait : undefined,
    };
    await this.#idle.whenIdle(busy, () => this.#create(response, signal), signal);
  }

  async #create(response: NewResponse, signal: AbortSignal): Promise<void> {
    const { runs, models } = this.#parts;
    const { tenant, id, mode, card, onWait, onProgress } = response;
    let { previous, turn } = response;
    let conversation: NewRun["conversation"];
    if (previous !== undefined) {
      const origin = await this.origin(tenant, previous, signal);
      previous = origin.previous;
      turn = after(origin.items, turn);
    }
    if (response.conversation !== undefined) {
      const found = await this.#idleHead(tenant, response.conversation);
      previous = found.head.head ?? undefined;
      turn = after(await runs.pending(tenant, found.head), turn);
      conversation = { id: response.conversation, found, title: defaultTitle(turn.messages) };
    }
    const newRun: NewRun = {
      id,
      parent: previous ?? null,
      request: { card, turn },
      leaving: LEAVING[mode],
      stateBytes: (await findChat(models, turn.model)).stateBytes,
      ...(conversation === undefined ? {} : { conversation }),
    };
    const making = new Making(this.#parts);
    const here = {
      ...onWait === undefined ? {} : { onWait },
      ...onProgress === undefined ? {} : { onProgress },
    };
    const begin = async () => ({
      turn: await making.begin(tenant, newRun, turn, here),
      known: "",
    });
    if (mode === "background") {
      this.#make(making, await this.#createRun(response, newRun, signal), begin);
      return;
    }
    // The turn begins first, so that its errors reach the waiting client at once.
    const leave = () => making.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    try {
      const begun = await begin();
      try {
        const run = await this.#createRun(
          response,
          { ...newRun, start: begun.turn.start },
          signal,
        );
        this.#make(making, run, () => Promise.resolve(begun));
      } catch (error) {
        making.abort(error);
        await begun.turn.events.return();
        throw error;
      }
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** Creates a run. If the outcome of the commit is unknown, the run is deleted. */
  async #createRun(
    { tenant, findable = false }: NewResponse,
    run: NewRun,
    signal: AbortSignal,
  ): Promise<HeldRun> {
    try {
      return await this.#parts.runs.create(tenant, run, { signal });
    } catch (error) {
      if (!findable && !(error instanceof ConversationError)) this.#takeBack(tenant, run.id);
      throw error;
    }
  }

  /**
   * Deletes a response whose id no client knows, in the background. If the store does not answer, the response is made
   * when its lease has expired.
   */
  #takeBack(tenant: string, id: string): void {
    const taken = this.delete(tenant, id).catch((error) => {
      if (error instanceof UnknownResponseError) return;
      this.#parts.report("deleting an abandoned response failed", error);
    }).finally(() => this.#takingBack.delete(taken));
    this.#takingBack.add(taken);
  }

  follow(tenant: string, id: string, signal: AbortSignal): AnswerStream<ResponseEvent> {
    const parts = {
      runs: this.#parts.runs,
      live: () => this.#making(tenant, id)?.live,
      takeOver: () => this.#takeOver(tenant, id, true),
    };
    const handedOver = this.#handedOver.signal;
    return new AnswerStream(
      (signal) => followResponse(parts, tenant, id, AbortSignal.any([signal, handedOver])),
      signal,
    );
  }

  async left(tenant: string, id: string): Promise<void> {
    const making = this.#making(tenant, id);
    if (making === undefined || making.leaving === "continue" || making.live.readers > 0) return;
    await making.stop(making.leaving);
  }

  async get(
    tenant: string,
    id: string,
    look?: "look",
    signal?: AbortSignal,
  ): Promise<StoredResponse> {
    const { runs } = this.#parts;
    const run = await runs.load(tenant, id, { signal });
    const { card } = filedSchema.parse(await runs.request(tenant, run, { signal }));
    // An ingested text: it can be continued, but has no answer.
    if (card === null) throw new UnknownResponseError(id);
    const pieces: Piece[] = [];
    let position = LOG_START;
    for await (const read of runs.log(tenant, id, LOG_START, { signal })) {
      pieces.push(...read.pieces);
      position = read.next;
    }
    await runs.requireWholeLog(tenant, run, position, { signal });
    if (run.end === null && !look) await this.#takeOver(tenant, id, true);
    const { createdAt, start, end } = run;
    return { id, card, createdAt, begun: start !== null, pieces, end };
  }

  async origin(
    tenant: string,
    id: string,
    signal: AbortSignal,
    mode: OriginMode = "end",
  ): Promise<Origin> {
    const { runs } = this.#parts;
    const deadline = performance.now() + (mode === "look" ? 0 : this.#graceMs);
    for (let pause = FIRST_POLL_MS;; pause = Math.min(2 * pause, LONGEST_POLL_MS)) {
      const run = await runs.load(tenant, id, { signal });
      switch (run.end?.type) {
        case "end":
          return { previous: id, items: [] };
        case "failed":
          throw new ResponseNotFinishedError(id, false);
        case "cancelled":
          return await this.#stoppedAt(tenant, run);
      }
      if (await runs.isPaused(tenant, id, { signal })) {
        if (mode !== "end") return await this.#stoppedAt(tenant, run);
        await this.cancel(tenant, id);
        continue;
      }
      if (performance.now() >= deadline) throw new ResponseNotFinishedError(id, true);
      await sleep(pause, signal);
    }
  }

  /** The origin after a response that was stopped: no state contains it, so its messages are read. */
  async #stoppedAt(tenant: string, run: Run): Promise<Origin> {
    const items = await this.#said(tenant, run, await this.#parts.runs.text(tenant, run.id));
    return { previous: run.parent ?? undefined, items };
  }

  /** The input of a response, and its answer as far as it got. */
  async #said(tenant: string, run: Run, text: string): Promise<readonly Item[]> {
    const { turn } = filedSchema.parse(await this.#parts.runs.request(tenant, run));
    const { messages, itemIds = [], form, thinks, readOnly = false } = turn;
    const asked = messages.map((message, index) => ({ id: itemIds[index] ?? "", message }));
    const said = splitAnswer(thinks, text);
    // Thoughts without an answer are left out.
    return readOnly || said.answer === "" ? asked : [...asked, ...replyItems(run.id, form, said)];
  }

  async context(tenant: string, conversation: string): Promise<Origin> {
    const { runs } = this.#parts;
    const { head } = await runs.head(tenant, conversation);
    return {
      previous: head.head ?? undefined,
      items: await runs.pending(tenant, head),
    };
  }

  async unknownCalls(
    tenant: string,
    { previous, conversation }: Place,
    callIds: readonly string[],
  ): Promise<string[]> {
    const { tree, runs } = this.#parts;
    const unknown = new Set(callIds);
    const learn = (messages: readonly Message[]): void => {
      for (const { tool } of messages) if (tool?.type === "call") unknown.delete(tool.callId);
    };
    let at = previous;
    if (previous !== undefined) {
      const run = await runs.load(tenant, previous);
      // A running response may be about to be cancelled.
      if (run.end === null) return [];
      if (run.end.type === "cancelled") {
        const origin = await this.#stoppedAt(tenant, run);
        learn(origin.items.map(({ message }) => message));
        at = origin.previous;
      }
    }
    if (conversation !== undefined) {
      const { head } = await runs.head(tenant, conversation);
      if (head.running !== null) return [];
      learn((await runs.pending(tenant, head)).map(({ message }) => message));
      at = head.head ?? undefined;
    }
    if (at === undefined || unknown.size === 0) return [...unknown];
    for await (const { messages } of tree.backwards(tenant, at)) {
      learn(messages);
      if (unknown.size === 0) break;
    }
    return [...unknown];
  }

  async modelOf(
    tenant: string,
    { previous, conversation }: Place,
  ): Promise<string | undefined> {
    const { runs } = this.#parts;
    const id = conversation === undefined
      ? previous
      : (await runs.head(tenant, conversation)).head.head ?? undefined;
    if (id === undefined) return undefined;
    try {
      const run = await runs.load(tenant, id);
      const { card, turn } = filedSchema.parse(await runs.request(tenant, run));
      return turn.model ?? modelOfCard(card);
    } catch (error) {
      // A conversation can continue from a deleted response.
      if (conversation !== undefined && error instanceof UnknownResponseError) return undefined;
      throw error;
    }
  }

  async quiet(
    tenant: string,
    conversation: string,
    evenWanted: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const deadline = performance.now() + this.#graceMs;
    for (let pause = FIRST_POLL_MS;; pause = Math.min(2 * pause, LONGEST_POLL_MS)) {
      if (await this.#quiet(tenant, conversation, evenWanted)) return;
      if (performance.now() >= deadline) return;
      await sleep(pause, signal);
    }
  }

  /** Whether the conversation is idle, after an unwanted response in it was ended. */
  async #quiet(tenant: string, conversation: string, evenWanted: boolean): Promise<boolean> {
    const { runs } = this.#parts;
    const { running } = (await runs.head(tenant, conversation)).head;
    if (running === null) return true;
    if (!evenWanted && !await runs.isPaused(tenant, running)) return false;
    await this.cancel(tenant, running);
    return true;
  }

  async pause(tenant: string, conversation: string): Promise<void> {
    const { runs } = this.#parts;
    const { running } = (await runs.head(tenant, conversation)).head;
    if (running === null) return;
    await this.#making(tenant, running)?.stop("pause");
    // Another instance may be making it.
    await runs.pause(tenant, running, PAUSE_MS);
  }

  async cancel(tenant: string, id: string): Promise<void> {
    await this.#cancel(tenant, id, {
      said: (run, text) => this.#said(tenant, run, text),
    });
  }

  async #cancel(tenant: string, id: string, options: CancelOptions = {}): Promise<void> {
    await this.#parts.runs.cancel(tenant, id, options);
    await this.#making(tenant, id)?.stop("lost");
  }

  async delete(tenant: string, id: string): Promise<void> {
    // Undo its effect on its conversation too.
    await this.#cancel(tenant, id);
    await this.#parts.tree.deleteResponse(tenant, id);
  }

  /** Takes over abandoned runs, and frees what nothing refers to. */
  sweep(): Promise<void> {
    return this.#sweeper.sweep();
  }

  /** Sweeps now, and periodically until it is closed. */
  startSweeping(): void {
    this.#sweeper.start();
  }

  /** Waits until everything begun here has ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#takingBack, ...this.#makings.values().map(({ done }) => done)]);
  }

  /**
   * Hands over all runs of this instance. Once the promise resolves, other instances can take them over, and followers
   * here get {@linkcode ServerStoppingError}, so that they reconnect elsewhere at once.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sweeper.stop();
    await Promise.all([...this.#makings.values()].map((making) => making.stop("hand over")));
    this.#handedOver.abort(new ServerStoppingError("stored"));
  }

  /** The head of a conversation, once no wanted response is running in it. */
  async #idleHead(tenant: string, id: string): Promise<FoundHead> {
    await this.#quiet(tenant, id, false);
    const found = await this.#parts.runs.head(tenant, id);
    if (found.head.running !== null) throw new ConversationBusyError(id);
    return found;
  }

  async #takeOver(tenant: string, id: string, wanted: boolean): Promise<boolean> {
    const { runs } = this.#parts;
    if (this.#closed) return false;
    const run = await runs.take(tenant, id, wanted);
    if (run === undefined) return false;
    const making = new Making(this.#parts, run.position.pieces);
    this.#make(making, run, async () => {
      const { turn } = filedSchema.parse(await runs.request(tenant, run.run));
      const { start } = run.run;
      let known = "";
      const tokens: number[] = [];
      for await (const { pieces } of runs.log(tenant, id, LOG_START)) {
        for (const piece of pieces) {
          known += piece.text;
          tokens.push(...piece.tokens);
        }
      }
      const resume = start === null ? {} : { resume: { start, tokens } };
      return { turn: await making.begin(tenant, run.run, turn, resume), known };
    });
    return true;
  }

  /** Makes a response, and registers it for followers meanwhile. */
  #make(making: Making, run: HeldRun, begin: () => Promise<BegunTurn>): void {
    const name = nameOf(run.tenant, run.run.id);
    this.#makings.set(name, making);
    making.make(run, begin).finally(() => {
      this.#makings.delete(name);
      making.live.wake();
    });
  }

  #making(tenant: string, id: string): Making | undefined {
    return this.#makings.get(nameOf(tenant, id));
  }
}

/** The model named in a card. Responses of earlier versions and imported ones have only that. */
function modelOfCard(card: unknown): string | undefined {
  const isObject = typeof card === "object" && card !== null;
  return isObject && "model" in card && typeof card.model === "string" ? card.model : undefined;
}

/** A turn that reads earlier items before its own. */
function after(items: readonly Item[], turn: ResponseTurn): ResponseTurn {
  if (items.length === 0) return turn;
  return {
    ...turn,
    messages: [...items.map(({ message }) => message), ...turn.messages],
    itemIds: [...items.map(({ id }) => id), ...turn.itemIds ?? []],
  };
}

/** Key of an id, unique across tenants. */
function nameOf(tenant: string, id: string): string {
  return `${tenant}/${id}`;
}
