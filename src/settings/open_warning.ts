/** Names and addresses that only programs of the same machine reach. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|::1|\[::1\]|0:0:0:0:0:0:0:1)$/i;

/** Whether only programs of the same machine reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * What an operator must be told of a server that others reach and that asks nobody for a key.
 *
 * @param where the address that it listens on. Absent: it is the platform's to say
 * @returns lines for a terminal, framed, so that they are not overlooked among others
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(openWarning("0.0.0.0").includes("!!  THIS SERVER IS OPEN TO EVERYONE WHO REACHES 0.0.0.0"));
 * ```
 */
export function openWarning(where?: string): string[] {
  const frame = "!".repeat(72);
  return [
    frame,
    `!!  THIS SERVER IS OPEN TO EVERYONE WHO REACHES ${where ?? "IT"}`,
    "!!  TERN_API_KEYS is not set: anyone can read, continue and delete all",
    "!!  conversations, and use the machine.",
    `!!  Make a key with \`deno task key\`${where ? ", or listen on HOST=127.0.0.1 only" : ""}.`,
    frame,
  ];
}
