const PAUSE_MS = 20;

/** Waits until a condition holds. */
export async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
