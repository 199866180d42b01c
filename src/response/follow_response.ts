import { sleep } from "../stream/sleep.ts";
import type { LiveRun } from "./live_run.ts";
import { LOG_START } from "./run_log.ts";
import type { RunStore } from "./run_store.ts";
import type { ResponseEvent } from "./stored_response.ts";

/** Backoff of polling for a response that another instance makes: the first pause and the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/** Where the pieces of a response are read from. */
export interface FollowParts {
  readonly runs: RunStore;
  /** The live run, if this instance makes the response. */
  readonly live: () => LiveRun | undefined;
  /** Takes the response over if nobody makes it. Resolves to whether this instance makes it now. */
  readonly takeOver: () => Promise<boolean>;
}

/**
 * Streams a response from its beginning, whichever instance makes it. If none does, this one takes it over.
 *
 * @throws {UnknownResponseError}
 * @throws the signal's reason when it aborts
 */
export async function* followResponse(
  { runs, live, takeOver }: FollowParts,
  tenant: string,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent> {
  let count = 0;
  let position = LOG_START;
  // Pieces read so far, the next pause, and whether the run was taken over since the last piece.
  let before = 0;
  let pause = FIRST_POLL_MS;
  let taken = false;
  for (;;) {
    signal.throwIfAborted();
    const here = live();
    const pieces = here?.after(count);
    if (here !== undefined && pieces !== undefined) {
      for (const piece of pieces) {
        count++;
        yield piece;
      }
      if (pieces.length > 0) continue;
      if (here.end !== undefined) return yield here.end;
      await here.changed(signal);
      continue;
    }
    const run = await runs.load(tenant, id, { signal });
    const { end } = run;
    for await (const read of runs.log(tenant, id, position, { signal })) {
      // Skip entries that were streamed live.
      const unseen = read.pieces.slice(Math.max(0, count - position.pieces));
      position = read.next;
      for (const piece of unseen) {
        count++;
        yield piece;
      }
    }
    if (end !== null) {
      await runs.requireWholeLog(tenant, run, position, { signal });
      return yield end;
    }
    if (count > before) {
      before = count;
      pause = FIRST_POLL_MS;
      taken = false;
    } else if (!taken && await takeOver()) {
      taken = true;
    } else {
      // The run may have been released at once, because the queue of turns is full.
      await sleep(pause, signal);
      pause = Math.min(2 * pause, LONGEST_POLL_MS);
      taken = false;
    }
  }
}
