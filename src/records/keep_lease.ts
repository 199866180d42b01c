import { LeaseLostError } from "./errors.ts";

/** A lease is renewed after this fraction of its duration. */
const RENEW_AFTER = 1 / 3;

/**
 * Renews a lease periodically.
 *
 * @param leaseMs how long the lease lasts after each renewal
 * @param onLost called once when another holder has taken the lease; renewal stops then
 * @returns stops the renewal
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
        // Other failures are transient, or show up at the next write.
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
