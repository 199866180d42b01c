import type { InputItem } from "./wire.ts";

/** What is sent, kept until the server has it: a reload in that moment loses nothing. */
export interface Sending {
  /** Names the request, so that sending it again has no second effect. */
  readonly key: string;
  /** The conversation. `null`: one that is yet to be created. */
  readonly conversation: string | null;
  /** The response to go on from. */
  readonly at: string | null;
  /** Whether the conversation is where it should be, so that only the request itself is left. */
  readonly ready: boolean;
  /** Empty: what was said last is answered, or continued. */
  readonly input: readonly InputItem[];
  readonly instructions: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const PREFIX = "tern.sending.";

/** Keeps what is sent. */
export function keepSending(sending: Sending): void {
  localStorage.setItem(PREFIX + sending.key, JSON.stringify(sending));
}

/** Forgets what the server has, or has refused. */
export function dropSending(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

/** What was being sent to a conversation when the page was left. */
export function keptSendings(conversation: string | null): Sending[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))
    .map((name): Sending => JSON.parse(localStorage.getItem(name)!))
    .filter((sending) => sending.conversation === conversation);
}

/**
 * Runs a task that no other tab runs at the same time.
 *
 * @returns whether it ran
 */
export async function exclusively(key: string, task: () => Promise<void>): Promise<boolean> {
  // Without TLS there are no locks. The request has a name, so twice is no harm.
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
