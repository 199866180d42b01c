import type { Logger } from "../../telemetry/logger.ts";

/** Fields logged for one tenant. Names come from clients, and memory does not grow with them. */
const MAX_FIELDS = 64;
/** Tenants that are told apart. */
const MAX_TENANTS = 1_000;

/**
 * Logs each ignored field once for each tenant, and not with every request.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createLogger } from "../../telemetry/logger.ts";
 * const lines: string[] = [];
 * const sink = (line: string) => lines.push(line);
 * const log = new IgnoredLog(createLogger({ level: "info", sink, now: () => 0 }));
 * log.note("a", ["keep_alive"]);
 * log.note("a", ["keep_alive", "num_ctx"]);
 * assert.equal(lines.length, 2);
 * ```
 */
export class IgnoredLog {
  readonly #log: Logger;
  readonly #fields = new Map<string, Set<string>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  note(tenant: string, names: readonly string[]): void {
    if (names.length === 0) return;
    let known = this.#fields.get(tenant);
    if (known === undefined) {
      if (this.#fields.size >= MAX_TENANTS) return;
      this.#fields.set(tenant, known = new Set());
    }
    for (const field of names) {
      if (known.has(field) || known.size >= MAX_FIELDS) continue;
      known.add(field);
      this.#log.info("field ignored", { tenant, field });
    }
  }
}
