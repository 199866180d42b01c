import type { InputItem } from "./wire.ts";

/** A request for an answer, stored until the server has accepted it, so that a reload does not lose it. */
export interface Sending {
  /** The idempotency key. */
  readonly key: string;
  /** The conversation. `null`: a new one. */
  readonly conversation: string | null;
  /** The response to continue. */
  readonly at: string | null;
  /** Whether the conversation exists and is rewound to `at`. */
  readonly ready: boolean;
  /** Empty: answers or continues the last message. */
  readonly input: readonly InputItem[];
  readonly instructions: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const PREFIX = "tern.sending.";

/** Stores a request. */
export function keepSending(sending: Sending): void {
  localStorage.setItem(PREFIX + sending.key, JSON.stringify(sending));
}

/** Removes a request that the server has accepted or rejected. */
export function dropSending(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

/** The stored requests of a conversation. */
export function keptSendings(conversation: string | null): Sending[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))
    .map((name): Sending => JSON.parse(localStorage.getItem(name)!))
    .filter((sending) => sending.conversation === conversation);
}

/**
 * Runs a task unless another tab is running it.
 *
 * @returns whether it ran
 */
export async function exclusively(key: string, task: () => Promise<void>): Promise<boolean> {
  // Locks require TLS. Requests are idempotent, so running them twice is harmless.
  if (!("locks" in navigator)) {
    await task();
    return true;
  }
  return await navigator.locks.request(PREFIX + key, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await task();
    return true;
  });
}
