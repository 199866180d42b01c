import { sleep } from "../stream/sleep.ts";
import type { LiveRun } from "./live_run.ts";
import { LOG_START } from "./run_log.ts";
import type { RunStore } from "./run_store.ts";
import type { ResponseEvent } from "./stored_response.ts";

/** Pauses between looks at a response that is not made here: the first, and the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/** Where to look for a response. */
export interface FollowParts {
  readonly runs: RunStore;
  /** The response as it is made here, if it is. */
  readonly live: () => LiveRun | undefined;
  /** Makes it here if nobody makes it. Says whether it does. */
  readonly takeOver: () => Promise<boolean>;
}

/**
 * What comes of a response, from its beginning, wherever it is made. If nobody makes it, it is made here.
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
  // Pieces at the last look, how long to wait until the next, and whether it was taken over since something came.
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
      // What came live is passed over.
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
      // What was taken over may have been given back at once, because there is no place for it now.
      await sleep(pause, signal);
      pause = Math.min(2 * pause, LONGEST_POLL_MS);
      taken = false;
    }
  }
}
