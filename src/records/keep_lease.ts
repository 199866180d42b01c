import { LeaseLostError } from "./errors.ts";

/** A lease is renewed when this part of it has passed. */
const RENEW_AFTER = 1 / 3;

/**
 * Renews a lease again and again.
 *
 * @param leaseMs how long it holds after it was renewed
 * @param onLost called when another has taken it; then it is not renewed any more
 * @returns ends that
 */
export function keepLease(
  held: { renew(): Promise<void> },
  leaseMs: number,
  onLost: () => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const later = () => {
    timer = setTimeout(async () => {
      try {
        await held.renew();
      } catch (error) {
        // What else may be wrong shows when something is to be written.
        if (error instanceof LeaseLostError) return onLost();
      }
      if (!stopped) later();
    }, leaseMs * RENEW_AFTER);
  };
  later();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
