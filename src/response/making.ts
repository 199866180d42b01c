import type { z } from "zod";
import type { AnswerGrammars } from "../prompt/answer_grammars.ts";
import type { Piece } from "../engine/generate.ts";
import { EngineStoppedError } from "../engine/inference.ts";
import { RateLimitError } from "../limits/rate_limits.ts";
import { TurnQueueFullError } from "../limits/turn_queue.ts";
import { LeaseLostError, ResponseConflictError } from "../records/errors.ts";
import { keepLease } from "../records/keep_lease.ts";
import { StoreClosedError, StoreUnavailableError } from "../store/errors.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import type { Run, RunEnd } from "../tree/run.ts";
import { grammarFrom } from "../turn/prefill.ts";
import type { ChatModels } from "../turn/chat_models.ts";
import { ModelUnavailableError } from "../turn/model_errors.ts";
import type { ChatService, Turn, TurnRequest } from "../turn/turn.ts";
import { replyItems } from "./answer_items.ts";
import type { HeldRun } from "./held_run.ts";
import { LiveRun } from "./live_run.ts";
import { LogWriter } from "./log_writer.ts";
import { Replay } from "./replay.ts";
import { splitPiece } from "./run_log.ts";
import type { RunStore } from "./run_store.ts";
import type { ResponseTurn } from "./stored_response.ts";

/** How long a response whose client left waits for somebody to ask for it. */
export const PAUSE_MS = 60 * 60_000;

/** Why the making of a response ends early. */
export type Leave =
  /** Its client left; it goes on when somebody asks for it. */
  | "pause"
  /** Its client left, and nobody else knows of it. */
  | "drop"
  /** This instance ends; another is to go on with it at once. */
  | "hand over"
  /** It is no longer this instance's to make. */
  | "lost";

/** What a {@linkcode Making} is made of. */
export interface MakingParts {
  readonly models: Pick<ChatModels, "names" | "find">;
  readonly runs: RunStore;
  readonly tree: ResponseTree;
  readonly grammars: AnswerGrammars;
  readonly now: () => number;
  /** Milliseconds for which pieces gather until they are written, as the store has it. @default {0} */
  readonly groupMs?: number | undefined;
  /** What to keep and tell of a failure: plain JSON. */
  readonly describe: (error: unknown) => z.core.util.JSONType;
  /** Told of what went wrong where nobody waits. */
  readonly report: (message: string, error: unknown) => void;
}

/** A turn, and the text of it that is durable already. */
export interface BegunTurn {
  readonly turn: Turn;
  readonly known: string;
}

/**
 * One response that is made here, under its lease. First its turn is begun, or its run is created or taken: in whichever
 * order, {@linkcode make} is given both.
 */
export class Making {
  /** For those who follow it here. */
  readonly live: LiveRun;
  readonly #parts: MakingParts;
  readonly #controller = new AbortController();
  /** Set before it is aborted. */
  #leave: Leave | undefined;
  #run: HeldRun | undefined;
  /** There when it is filed where the turn begins. A turn that has nothing to say may end before that, and waits for it. */
  readonly #log = Promise.withResolvers<LogWriter>();
  /** How it ends, and the last pieces: of the commit under way. */
  #last: { readonly end: RunEnd; readonly pieces: readonly Piece[] } | undefined;
  #done: Promise<void> = Promise.resolve();

  /** @param pieces pieces that are durable already */
  constructor(parts: MakingParts, pieces = 0) {
    this.#parts = parts;
    this.live = new LiveRun(pieces);
    this.#log.promise.catch(() => {}); // few turns wait for it
  }

  /** What becomes of it when its client leaves. It goes on until it is known. */
  get leaving(): Run["leaving"] {
    return this.#run?.run.leaving ?? "continue";
  }

  /** Resolves when nothing is done for it any more. */
  get done(): Promise<void> {
    return this.#done;
  }

  /**
   * Begins its turn, which is to be committed together with the end of the run, and waits for the run there.
   *
   * @param here what whoever asked for it here wants to know
   */
  async begin(
    tenant: string,
    { id, parent }: Pick<Run, "id" | "parent">,
    { form, thinks: _, model, ...turn }: ResponseTurn,
    { resume, ...here }: Pick<TurnRequest, "resume" | "onWait" | "onProgress"> = {},
  ): Promise<Turn> {
    const { models, grammars } = this.#parts;
    const chat = await findChat(models, model);
    const grammar = form && await grammars.get(tenant, form);
    const request: TurnRequest = {
      ...turn,
      ...(grammar === undefined ? {} : { grammar, grammarFrom: grammarFrom(form) }),
      toReply: (answer) => replyItems(id, form, answer),
      tenant,
      storeAs: id,
      ...(parent === null ? {} : { previous: parent }),
      ...(resume === undefined ? {} : { resume }),
      ...here,
      commitWith: async (end) => {
        const pieces = await (await this.#log.promise).rest();
        this.#last = { pieces, end: { ...end, at: this.#parts.now() } };
        return await this.#run!.closing(this.#last.end, pieces);
      },
      signal: this.#controller.signal,
    };
    const begun = await chat.begin(request);
    // The first text is made while the response is being filed.
    begun.events.start();
    return begun;
  }

  /** Makes it, until it ends or is stopped. Whatever fails is seen to here. */
  make(run: HeldRun, begin: () => Promise<BegunTurn>): Promise<void> {
    this.#run = run;
    const log = new LogWriter(run, (pieces) => this.live.publish(pieces), this.#parts.groupMs);
    return this.#done = this.#make(run, log, begin);
  }

  /** Ends the turn that is being begun, before there is a run. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.#log.reject(reason);
  }

  /** Ends the making of it, and waits until that is done. The first reason counts. */
  async stop(leave: Leave): Promise<void> {
    this.#leave ??= leave;
    this.abort(new DOMException("The response is no longer made here", "AbortError"));
    await this.#done;
  }

  async #make(run: HeldRun, log: LogWriter, begin: () => Promise<BegunTurn>): Promise<void> {
    const stopRenewing = keepLease(run, this.#parts.runs.leaseMs, () => void this.stop("lost"));
    try {
      const { turn, known } = await begin();
      try {
        // One that was begun before may begin elsewhere now: with another model, say.
        const { start } = run.run;
        const same = start?.model === turn.start.model && start?.manifest === turn.start.manifest;
        if (start === null || !same) await run.begin(turn.start);
        this.#log.resolve(log);
        await this.#write(turn, log, new Replay(run.run.id, known));
      } finally {
        this.#log.reject(new DOMException("The response could not be begun", "AbortError"));
        await turn.events.return();
      }
    } catch (error) {
      await log.settled();
      await this.#stopped(run, log, log.failure?.error ?? error)
        .catch((error) => {
          // Somebody else has ended it, or goes on with it.
          if (error instanceof LeaseLostError) return;
          this.#parts.report("a response could not be ended", error);
        });
    } finally {
      stopRenewing();
      await log.settled();
    }
  }

  /** Writes what comes of its turn. */
  async #write(turn: Turn, log: LogWriter, replay: Replay): Promise<void> {
    for await (const event of turn.events) {
      if (event.type === "end") return this.#ended(this.#last!.end, this.#last!.pieces);
      const pieces = splitPiece(event)
        .map((piece) => ({ ...piece, text: replay.unseen(piece.text) }))
        .filter(({ text }) => text !== "");
      if (pieces.length > 0) await log.add(pieces);
    }
  }

  /** What becomes of it when its making was stopped or failed. */
  async #stopped(run: HeldRun, log: LogWriter, error: unknown): Promise<void> {
    const { runs, tree, now, describe, report } = this.#parts;
    const { tenant, run: { id } } = run;
    switch (this.#leave) {
      case "pause":
        return await run.release(PAUSE_MS);
      case "hand over":
        return await run.release();
      case "drop":
        await runs.cancel(tenant, id);
        return await tree.deleteResponse(tenant, id);
      case "lost":
        return;
    }
    if (error instanceof LeaseLostError || error instanceof ResponseConflictError) return;
    // There is no place for it now. There will be later, or elsewhere.
    if (error instanceof TurnQueueFullError || error instanceof RateLimitError) {
      return await run.release();
    }
    if (error instanceof ModelUnavailableError) {
      report("a response waits for its model", error);
      return await run.release();
    }
    report("a response failed", error);
    // Another instance may do better, at once if the store takes so much.
    if (error instanceof StoreUnavailableError) return await run.release().catch(() => {});
    if (error instanceof StoreClosedError || error instanceof EngineStoppedError) return;
    const end: RunEnd = { type: "failed", at: now(), failure: describe(error) };
    // What was said before it failed was said.
    const pieces = log.waiting;
    await run.close(end, pieces);
    // After a write that failed only the store knows what was written.
    if (log.failure === undefined) this.#ended(end, pieces);
  }

  /** Tells those who follow it of its end, and of the pieces that became durable with it. */
  #ended(end: RunEnd, pieces: readonly Piece[]): void {
    this.live.publish(pieces);
    this.live.finish(end);
  }
}

/**
 * The chat service of the model that a response was asked of; of the main one if that is not served any more, which says
 * what it can do with a response of another.
 */
export async function findChat(
  models: MakingParts["models"],
  name: string | undefined,
): Promise<ChatService> {
  const isServed = name !== undefined && models.names.resolve(name) !== undefined;
  return await models.find(isServed ? name : undefined);
}
