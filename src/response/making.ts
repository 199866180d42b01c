import type { z } from "zod";
import type { Piece } from "../engine/generate.ts";
import { EngineStoppedError } from "../engine/inference.ts";
import { RateLimitError } from "../limits/rate_limits.ts";
import { TurnQueueFullError } from "../limits/turn_queue.ts";
import type { AnswerGrammars } from "../prompt/answer_grammars.ts";
import { LeaseLostError, ResponseConflictError } from "../records/errors.ts";
import { keepLease } from "../records/keep_lease.ts";
import { StoreClosedError, StoreUnavailableError } from "../store/errors.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import type { Run, RunEnd } from "../tree/run.ts";
import type { ChatModels } from "../turn/chat_models.ts";
import { ModelUnavailableError } from "../turn/errors.ts";
import { grammarFrom } from "../turn/prefill.ts";
import type { ChatService, Turn, TurnRequest } from "../turn/turn.ts";
import { replyItems } from "./answer_items.ts";
import type { HeldRun } from "./held_run.ts";
import { LiveRun } from "./live_run.ts";
import { LogWriter } from "./log_writer.ts";
import { Replay } from "./replay.ts";
import { splitPiece } from "./run_log.ts";
import type { RunStore } from "./run_store.ts";
import type { ResponseTurn } from "./stored_response.ts";

/** How long a response whose client left stays paused until somebody asks for it. */
export const PAUSE_MS = 60 * 60_000;

/** Why generation stops early. */
export type Leave =
  /** Its client left; it resumes when somebody asks for it. */
  | "pause"
  /** Its client left, and nobody else knows its id: it is deleted. */
  | "drop"
  /** This instance shuts down; another takes over at once. */
  | "hand over"
  /** This instance lost the lease. */
  | "lost";

/** What a {@linkcode Making} needs. */
export interface MakingParts {
  readonly models: Pick<ChatModels, "names" | "find">;
  readonly runs: RunStore;
  readonly tree: ResponseTree;
  readonly grammars: AnswerGrammars;
  readonly now: () => number;
  /** How long pieces gather before a write, in milliseconds; depends on the store. @default {0} */
  readonly groupMs?: number | undefined;
  /** Turns a failure into the error to store and show: plain JSON. */
  readonly describe: (error: unknown) => z.core.util.JSONType;
  /** Reports failures that no caller waits for. */
  readonly report: (message: string, error: unknown) => void;
}

/** A turn, and the part of its text that is durable already. */
export interface BegunTurn {
  readonly turn: Turn;
  readonly known: string;
}

/**
 * One response that is made here, under its lease. The turn may begin before or after the run is created or taken over;
 * {@linkcode make} is given both.
 */
export class Making {
  /** For followers in this process. */
  readonly live: LiveRun;
  readonly #parts: MakingParts;
  readonly #controller = new AbortController();
  /** Set before the abort. */
  #leave: Leave | undefined;
  #run: HeldRun | undefined;
  /**
   * Resolves when the start of the turn is recorded. A turn with nothing to generate may end before that, so it waits.
   */
  readonly #log = Promise.withResolvers<LogWriter>();
  /** The outcome and last pieces, of the commit in progress. */
  #last: { readonly end: RunEnd; readonly pieces: readonly Piece[] } | undefined;
  #done: Promise<void> = Promise.resolve();

  /** @param pieces pieces that are durable already */
  constructor(parts: MakingParts, pieces = 0) {
    this.#parts = parts;
    this.live = new LiveRun(pieces);
    this.#log.promise.catch(() => {}); // few turns wait for it
  }

  /** What happens when its client leaves; `undefined` until that is known: it goes on. */
  get leaving(): Run["leaving"] {
    return this.#run?.run.leaving ?? "continue";
  }

  /** Resolves when all work on it has ended. */
  get done(): Promise<void> {
    return this.#done;
  }

  /**
   * Begins its turn, which will be committed together with the end of the run. The commit waits for the run.
   *
   * @param here callbacks for the request that waits here
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
    // The first text is generated while the response is being stored.
    begun.events.start();
    return begun;
  }

  /** Generates it until it ends or is stopped. Handles all failures. */
  make(run: HeldRun, begin: () => Promise<BegunTurn>): Promise<void> {
    this.#run = run;
    const log = new LogWriter(run, (pieces) => this.live.publish(pieces), this.#parts.groupMs);
    return this.#done = this.#make(run, log, begin);
  }

  /** Ends the turn if it began before there is a run. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.#log.reject(reason);
  }

  /** Stops generation, and waits until it has ended. The first reason counts. */
  async stop(leave: Leave): Promise<void> {
    this.#leave ??= leave;
    this.abort(new DOMException("This instance no longer makes the response", "AbortError"));
    await this.#done;
  }

  async #make(run: HeldRun, log: LogWriter, begin: () => Promise<BegunTurn>): Promise<void> {
    const stopRenewing = keepLease(run, this.#parts.runs.leaseMs, () => void this.stop("lost"));
    try {
      const { turn, known } = await begin();
      try {
        // A run whose turn had begun may begin differently elsewhere: with another model, for example.
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
          // Another instance has ended it or taken it over.
          if (error instanceof LeaseLostError) return;
          this.#parts.report("a response could not be ended", error);
        });
    } finally {
      stopRenewing();
      await log.settled();
    }
  }

  /** Writes the pieces of its turn to the log. */
  async #write(turn: Turn, log: LogWriter, replay: Replay): Promise<void> {
    for await (const event of turn.events) {
      if (event.type === "end") return this.#ended(this.#last!.end, this.#last!.pieces);
      const pieces = splitPiece(event)
        .map((piece) => ({ ...piece, text: replay.unseen(piece.text) }))
        .filter(({ text }) => text !== "");
      if (pieces.length > 0) await log.add(pieces);
    }
  }

  /** Handles a stop or a failure. */
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
    // The queue of turns is full. There will be room later, or on another instance.
    if (error instanceof TurnQueueFullError || error instanceof RateLimitError) {
      return await run.release();
    }
    if (error instanceof ModelUnavailableError) {
      report("a response waits for its model", error);
      return await run.release();
    }
    report("a response failed", error);
    // Another instance may succeed, at once if the store accepts the release.
    if (error instanceof StoreUnavailableError) return await run.release().catch(() => {});
    if (error instanceof StoreClosedError || error instanceof EngineStoppedError) return;
    const end: RunEnd = { type: "failed", at: now(), failure: describe(error) };
    // The text up to the failure is part of the answer.
    const pieces = log.waiting;
    await run.close(end, pieces);
    // After a failed write only the store knows what was written.
    if (log.failure === undefined) this.#ended(end, pieces);
  }

  /** Passes the end, and the pieces committed with it, to the followers. */
  #ended(end: RunEnd, pieces: readonly Piece[]): void {
    this.live.publish(pieces);
    this.live.finish(end);
  }
}

/**
 * The chat service of the model that the response was requested from. If that is no longer served, the main one, which
 * decides whether it can continue another model's response.
 */
export async function findChat(
  models: MakingParts["models"],
  name: string | undefined,
): Promise<ChatService> {
  const isServed = name !== undefined && models.names.resolve(name) !== undefined;
  return await models.find(isServed ? name : undefined);
}
