import { z } from "zod";
import type { ConversationStore } from "../conversation/conversation_store.ts";
import {
  ConversationBusyError,
  LeaseLostError,
  ResponseConflictError,
  ResponseNotFinishedError,
} from "../conversation/errors.ts";
import type { FoundHead } from "../conversation/head.ts";
import type { HeldRun } from "../conversation/held_run.ts";
import type { LoggedPiece, Run, RunEnd } from "../conversation/run.ts";
import { LOG_START, splitText } from "../conversation/run_log.ts";
import type { NewRun, RunStore } from "../conversation/run_store.ts";
import { EngineStoppedError } from "../engine/inference.ts";
import { StoreClosedError, StoreUnavailableError } from "../store/errors.ts";
import { LiveRun } from "./live_run.ts";
import { LogWriter } from "./log_writer.ts";
import type {
  NewResponse,
  ResponseEvent,
  ResponseMode,
  ResponseService,
  ResponseTurn,
  StoredResponse,
} from "./stored_response.ts";
import type { ChatService, Turn, TurnRequest, TurnResumption } from "./turn.ts";
import { TurnQueueFullError } from "./turn_queue.ts";

/** How long a response whose client left waits for somebody to ask for it. */
const PAUSE_MS = 60 * 60_000;

/** Pauses between looks at a response that another instance makes: the first, and the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/** A lease is renewed when this part of it has passed. */
const RENEW_AFTER = 1 / 3;

const LEAVING = { whole: "drop", stream: "pause", background: "continue" } as const satisfies {
  [Mode in ResponseMode]: Run["leaving"];
};

/** What a {@linkcode ResponseMaker} is made of. */
export interface ResponseMakerParts {
  readonly chat: ChatService;
  readonly runs: RunStore;
  readonly conversations: ConversationStore;
  readonly now: () => number;
  /** What to keep and tell of a failure: plain JSON. */
  readonly describe: (error: unknown) => z.core.util.JSONType;
  /** Told of what went wrong where nobody waits. */
  readonly report: (message: string, error: unknown) => void;
}

/** What is kept of a request. Written by this class, so that nothing but its form needs to be looked at. */
const filedSchema = z.object({
  card: z.unknown(),
  turn: z.custom<ResponseTurn>((value) => typeof value === "object" && value !== null),
});

/** Why the making of a response ends early. */
type Leave = "pause" | "drop" | "hand over" | "lost";

/** A response that is made here. */
interface Making {
  readonly live: LiveRun;
  readonly controller: AbortController;
  /** Why it is aborted. Set before that. */
  leave?: Leave;
  run?: HeldRun;
  log?: LogWriter;
  /** How it ends, and the last pieces: of the commit under way. */
  last?: { readonly end: RunEnd; readonly pieces: readonly LoggedPiece[] };
  /** Resolves when nothing is done for it any more. */
  done: Promise<void>;
}

/** A turn, and the text of it that is durable already. */
interface Begun {
  readonly turn: Turn;
  readonly known: string;
}

/**
 * Makes stored responses with a chat service. Each is held by a lease while it is made, and everything of it is durable
 * before anybody sees it; so any instance can go on with it, and all readers see the same.
 */
export class ResponseMaker implements ResponseService {
  readonly #parts: ResponseMakerParts;
  readonly #makings = new Map<string, Making>();
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ResponseMakerParts) {
    this.#parts = parts;
  }

  async create(response: NewResponse, signal: AbortSignal): Promise<void> {
    const { runs, conversations } = this.#parts;
    const { tenant, id, mode, card } = response;
    let { previous, turn } = response;
    let conversation: NewRun["conversation"];
    if (previous !== undefined) await this.requireFinished(tenant, previous);
    if (response.conversation !== undefined) {
      const found = await this.#idleHead(tenant, response.conversation);
      conversation = { id: response.conversation, found };
      previous = found.head.head ?? undefined;
      const pending = await conversations.pending(tenant, found.head);
      turn = {
        ...turn,
        messages: [...pending.map(({ message }) => message), ...turn.messages],
        itemIds: [...pending.map(({ id }) => id), ...turn.itemIds ?? []],
      };
    }
    const newRun: NewRun = {
      id,
      parent: previous ?? null,
      request: { card, turn },
      leaving: LEAVING[mode],
      ...(conversation === undefined ? {} : { conversation }),
    };
    const making = newMaking(0);
    if (mode === "background") {
      const run = await runs.create(tenant, newRun, { signal });
      return this.#enter(making, run, () => this.#begin(making, run.run, tenant, turn));
    }
    // Whoever waits is told at once what is wrong with the turn, so it begins first.
    const leave = () => making.controller.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    try {
      const begun = await this.#begin(making, newRun, tenant, turn);
      try {
        const run = await runs.create(tenant, { ...newRun, start: begun.turn.start }, { signal });
        this.#enter(making, run, () => Promise.resolve(begun));
      } catch (error) {
        await begun.turn.events.cancel(error).catch(() => {});
        throw error;
      }
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  async *follow(tenant: string, id: string, signal: AbortSignal): AsyncGenerator<ResponseEvent> {
    const { runs } = this.#parts;
    let count = 0;
    let position = LOG_START;
    let pause = FIRST_POLL_MS;
    for (;;) {
      signal.throwIfAborted();
      const making = this.#makings.get(nameOf(tenant, id));
      const pieces = making?.live.after(count);
      if (making !== undefined && pieces !== undefined) {
        for (const { text } of pieces) {
          count++;
          yield { type: "text", text };
        }
        if (pieces.length > 0) continue;
        const { end } = making.live;
        if (end !== undefined) return yield end;
        making.live.readers++;
        try {
          await making.live.changed(signal);
        } finally {
          making.live.readers--;
        }
        continue;
      }
      const before = count;
      const { end } = await runs.load(tenant, id, { signal });
      for await (const read of runs.log(tenant, id, position, { signal })) {
        // What came live is passed over.
        const unseen = read.pieces.slice(Math.max(0, count - position.pieces));
        position = read.next;
        for (const { text } of unseen) {
          count++;
          yield { type: "text", text };
        }
      }
      if (end !== null) return yield end;
      if (count > before) pause = FIRST_POLL_MS;
      else if (!await this.#takeOver(tenant, id, true)) {
        await sleep(pause, signal);
        pause = Math.min(2 * pause, LONGEST_POLL_MS);
      }
    }
  }

  async left(tenant: string, id: string): Promise<void> {
    const making = this.#makings.get(nameOf(tenant, id));
    const leaving = making?.run?.run.leaving ?? "continue";
    if (making === undefined || leaving === "continue" || making.live.readers > 0) return;
    await stop(making, leaving);
  }

  async get(tenant: string, id: string): Promise<StoredResponse> {
    const { runs } = this.#parts;
    const run = await runs.load(tenant, id);
    const { card } = filedSchema.parse(await runs.request(tenant, run));
    let text = "";
    for await (const { pieces } of runs.log(tenant, id, LOG_START)) {
      for (const piece of pieces) text += piece.text;
    }
    if (run.end === null) await this.#takeOver(tenant, id, true);
    const { createdAt, start, end } = run;
    return { id, card, createdAt, begun: start !== null, text, end };
  }

  async requireFinished(tenant: string, id: string): Promise<void> {
    const { end } = await this.#parts.runs.load(tenant, id);
    if (end?.type !== "end") throw new ResponseNotFinishedError(id, end === null);
  }

  async quiet(tenant: string, conversation: string, evenWanted: boolean): Promise<void> {
    const { conversations, runs } = this.#parts;
    const { running } = (await conversations.head(tenant, conversation)).head;
    if (running === null) return;
    if (evenWanted || await runs.isPaused(tenant, running)) await this.cancel(tenant, running);
  }

  async cancel(tenant: string, id: string): Promise<void> {
    await this.#parts.runs.cancel(tenant, id);
    const making = this.#makings.get(nameOf(tenant, id));
    if (making !== undefined) await stop(making, "lost");
  }

  async delete(tenant: string, id: string): Promise<void> {
    await this.cancel(tenant, id);
    await this.#parts.conversations.deleteResponse(tenant, id);
  }

  /** Goes on with everything that nobody makes any more, and frees what nobody needs. */
  async sweep(): Promise<void> {
    const { runs, conversations } = this.#parts;
    for await (const { tenant, id, paused } of runs.abandoned()) {
      if (this.#closed) return;
      if (paused) await runs.cancel(tenant, id);
      else await this.#takeOver(tenant, id, false);
    }
    await conversations.sweep();
  }

  /** Sweeps now, and again and again until it is closed. */
  startSweeping(): void {
    const sweep = async () => {
      try {
        await this.sweep();
      } catch (error) {
        if (!this.#closed) this.#parts.report("sweeping failed", error);
      }
      if (!this.#closed) this.#timer = setTimeout(sweep, this.#parts.runs.leaseMs);
    };
    this.#timer = setTimeout(sweep, 0);
  }

  /** Waits until nothing that was begun here is being made any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#makings.values()].map(({ done }) => done));
  }

  /** Lets go of all that is made here, for others to go on with, and waits until that is done. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#makings.values()].map((making) => stop(making, "hand over")));
  }

  /** Where a conversation is, which waits for nothing that anybody still wants. */
  async #idleHead(tenant: string, id: string): Promise<FoundHead> {
    await this.quiet(tenant, id, false);
    const found = await this.#parts.conversations.head(tenant, id);
    if (found.head.running !== null) throw new ConversationBusyError(id);
    return found;
  }

  async #takeOver(tenant: string, id: string, wanted: boolean): Promise<boolean> {
    const { runs } = this.#parts;
    if (this.#closed) return false;
    const run = await runs.take(tenant, id, wanted);
    if (run === undefined) return false;
    const making = newMaking(run.position.pieces);
    this.#enter(making, run, async () => {
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
      const resume = start === null ? undefined : { start, tokens };
      return await this.#begin(making, run.run, tenant, turn, resume, known);
    });
    return true;
  }

  async #begin(
    making: Making,
    { id, parent }: Pick<NewRun, "id" | "parent">,
    tenant: string,
    turn: ResponseTurn,
    resume?: TurnResumption,
    known = "",
  ): Promise<Begun> {
    const request: TurnRequest = {
      ...turn,
      tenant,
      storeAs: id,
      ...(parent === null ? {} : { previous: parent }),
      ...(resume === undefined ? {} : { resume }),
      commitWith: async (end) => {
        const pieces = await making.log!.rest();
        making.last = { pieces, end: { ...end, at: this.#parts.now() } };
        return await making.run!.closing(making.last.end, pieces);
      },
      signal: making.controller.signal,
    };
    return { turn: await this.#parts.chat.begin(request), known };
  }

  #enter(making: Making, run: HeldRun, begin: () => Promise<Begun>): void {
    making.run = run;
    making.log = new LogWriter(run, (pieces) => making.live.publish(pieces));
    this.#makings.set(nameOf(run.tenant, run.run.id), making);
    making.done = this.#make(making, run, making.log, begin);
  }

  async #make(
    making: Making,
    run: HeldRun,
    log: LogWriter,
    begin: () => Promise<Begun>,
  ): Promise<void> {
    const { live } = making;
    const renewal = this.#renew(making, run);
    try {
      const { turn, known } = await begin();
      if (run.run.start === null) await run.begin(turn.start);
      let unseen = known;
      for await (const event of turn.events) {
        if (event.type === "end") {
          live.publish(making.last!.pieces);
          live.finish(making.last!.end);
          break;
        }
        let { text } = event;
        if (unseen !== "") {
          const again = text.slice(0, unseen.length);
          if (!unseen.startsWith(again)) throw new ReplayError(run.run.id);
          unseen = unseen.slice(again.length);
          text = text.slice(again.length);
        }
        const pieces = splitText(text).map((text, i) => ({
          text,
          tokens: i === 0 ? event.tokens : [],
        }));
        if (pieces.length > 0) await log.add(pieces);
      }
    } catch (error) {
      await log.settled();
      await this.#stopped(making, run, error)
        .catch((error) => this.#parts.report("a response could not be ended", error));
    } finally {
      renewal.stop();
      await log.settled();
      this.#makings.delete(nameOf(run.tenant, run.run.id));
      live.wake();
    }
  }

  /** What becomes of a response whose making was stopped or failed. */
  async #stopped(making: Making, run: HeldRun, error: unknown): Promise<void> {
    const { runs, conversations, now, describe, report } = this.#parts;
    const { tenant, run: { id } } = run;
    switch (making.leave) {
      case "pause":
        return await run.release(PAUSE_MS);
      case "hand over":
        return await run.release();
      case "drop":
        await runs.cancel(tenant, id);
        return await conversations.deleteResponse(tenant, id);
      case "lost":
        return;
    }
    if (error instanceof LeaseLostError || error instanceof ResponseConflictError) return;
    if (error instanceof TurnQueueFullError) return await run.release();
    report("a response failed", error);
    // Another instance may do better, when the lease has expired.
    if (error instanceof StoreUnavailableError || error instanceof StoreClosedError) return;
    if (error instanceof EngineStoppedError) return;
    const end: RunEnd = { type: "failed", at: now(), failure: describe(error) };
    await run.close(end);
    making.live.finish(end);
  }

  /** Keeps the lease while a response is made. */
  #renew(making: Making, run: HeldRun): { stop(): void } {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const later = () => {
      timer = setTimeout(async () => {
        try {
          await run.renew();
        } catch (error) {
          // What else may be wrong shows when something is to be written.
          if (error instanceof LeaseLostError) return void stop(making, "lost");
        }
        if (!stopped) later();
      }, this.#parts.runs.leaseMs * RENEW_AFTER);
    };
    later();
    return {
      stop() {
        stopped = true;
        clearTimeout(timer);
      },
    };
  }
}

/** Going on with an answer gave another text than is known: the model or the template is not the one that began it. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  constructor(readonly id: string) {
    super(`The answer of ${id} cannot be gone on with: what is known of it comes out differently`);
  }
}

function newMaking(pieces: number): Making {
  return {
    live: new LiveRun(pieces),
    controller: new AbortController(),
    done: Promise.resolve(),
  };
}

async function stop(making: Making, leave: Leave): Promise<void> {
  making.leave ??= leave;
  making.controller.abort(new DOMException("The response is no longer made here", "AbortError"));
  await making.done;
}

/** One name for the ids of all tenants. */
function nameOf(tenant: string, id: string): string {
  return `${tenant}/${id}`;
}

/** @throws the signal's reason when it aborts */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
