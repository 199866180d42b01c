import type { Handler } from "hono";
import type { ApiEnv } from "../http/context.ts";

/** Whether a part of the server does its work. */
export type PartState = "ok" | "failing";

/** What `/health/ready` tells. */
export interface Readiness {
  readonly status: "ok" | "failing" | "stopping";
  readonly store: PartState;
  readonly model: PartState;
}

/** Probes of {@linkcode createReadiness}. Each throws, or times out, if its part does not work. */
export interface ReadinessChecks {
  readonly store: (signal: AbortSignal) => Promise<unknown>;
  readonly model: (signal: AbortSignal) => Promise<unknown>;
  /** Aborts when the server stops. */
  readonly closing?: AbortSignal | undefined;
  /** Told of what a part threw. */
  readonly report: (message: string, error: unknown) => void;
  /** Milliseconds since an arbitrary origin. */
  readonly now: () => number;
}

/** How long a part may take. */
const PATIENCE_MS = 5_000;
/** How long an answer holds: whoever asks often, and anybody may, costs no more than this. */
const FRESH_MS = 2_000;

/**
 * Looks whether the store answers and the model computes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const ready = createReadiness({
 *   store: () => Promise.resolve(),
 *   model: () => Promise.reject(new Error("it has stopped")),
 *   report: () => {},
 *   now: () => 0,
 * });
 * assert.deepEqual(await ready(), { status: "failing", store: "ok", model: "failing" });
 * ```
 */
export function createReadiness(
  { closing, report, now, ...checks }: ReadinessChecks,
): () => Promise<Readiness> {
  let looked: { readonly at: number; readonly found: Promise<Readiness> } | undefined;
  const part = async (name: "store" | "model"): Promise<PartState> => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      await checks[name](signal);
      return "ok";
    } catch (error) {
      report(`not ready: ${name}`, error);
      return "failing";
    }
  };
  const look = async (): Promise<Readiness> => {
    const [store, model] = await Promise.all([part("store"), part("model")]);
    const works = store === "ok" && model === "ok";
    return { status: works ? "ok" : "failing", store, model };
  };
  return async () => {
    if (looked === undefined || now() - looked.at >= FRESH_MS) {
      looked = { at: now(), found: look() };
    }
    const found = await looked.found;
    return closing?.aborted ? { ...found, status: "stopping" } : found;
  };
}

/** Answers 200 if the server is ready, and else 503. */
export function showReadiness(ready: () => Promise<Readiness>): Handler<ApiEnv> {
  return async (c) => {
    const found = await ready();
    c.header("cache-control", "no-store");
    return c.json(found, found.status === "ok" ? 200 : 503);
  };
}
