import { StoreClosedError, StoreUnavailableError } from "../store/errors.ts";

/** Told of what a sweep had to leave. */
export type OnSweepError = (error: unknown) => void;

/**
 * Does what a sweep has to do with one thing. What is wrong with that alone, such as a damaged record, must not keep all
 * others from being swept.
 *
 * @throws {StoreUnavailableError | StoreClosedError} which have to do with all
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
