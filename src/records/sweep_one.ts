import { StoreClosedError, StoreUnavailableError } from "../store/errors.ts";

/** Called for each item that a sweep had to skip. */
export type OnSweepError = (error: unknown) => void;

/**
 * Runs a sweep's work on one item. A failure of that item alone, such as a damaged record, must not stop the sweep.
 *
 * @throws {StoreUnavailableError | StoreClosedError} failures of the whole store
 */
export async function sweepOne(
  onError: OnSweepError,
  sweep: () => Promise<unknown>,
): Promise<void> {
  try {
    await sweep();
  } catch (error) {
    if (error instanceof StoreUnavailableError || error instanceof StoreClosedError) throw error;
    onError(error);
  }
}
