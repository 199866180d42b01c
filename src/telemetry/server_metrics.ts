import type { IngestMeter } from "../ingest/ingest_pace.ts";
import type { Meter } from "../turn/meter.ts";
import { type Counter, type Histogram, Registry, SECONDS } from "./prometheus.ts";

/** What is done with a store. */
export type StoreOperation = "get" | "getMany" | "commit" | "list";

/** Measures the turns of one model. */
export interface ModelMeter extends Meter {
  /** A prompt was read, and the first text written. */
  prefilled(ms: number): void;
  /** An answer was written: so many tokens after its first text. */
  decoded(ms: number, tokens: number): void;
}

const METHODS = new Set(["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"]);

/**
 * Everything that the server measures. No label says whose a request was, or what was in it: whoever may read the
 * metrics learns nothing of a tenant but that there is traffic.
 */
export class ServerMetrics implements IngestMeter {
  readonly registry = new Registry();
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #requestSeconds: Histogram<"route">;
  readonly #tokens: Counter<"kind" | "model">;
  readonly #turns: Counter<"origin" | "model">;
  readonly #prefixes: Counter<"result" | "model">;
  readonly #queueSeconds: Histogram;
  readonly #firstToken: Histogram<"model">;
  readonly #betweenTokens: Histogram<"model">;
  readonly #prefillSeconds: Histogram<"model">;
  readonly #storeSeconds: Histogram<"operation">;
  readonly #storeErrors: Counter<"operation">;
  readonly #storeBytes: Counter<"direction">;

  constructor() {
    const { registry } = this;
    this.#requests = registry.counter(
      "tern_http_requests_total",
      "Requests, when their reply was over.",
    );
    this.#requestSeconds = registry.histogram(
      "tern_http_request_duration_seconds",
      "Time from a request to the end of its reply.",
      SECONDS,
    );
    this.#tokens = registry.counter(
      "tern_tokens_total",
      "Tokens: prompt is read for a turn, cached was in the state, completion is written, ingested is of long texts.",
    );
    this.#turns = registry.counter("tern_turns_total", "Turns, by what they went on from.");
    this.#prefixes = registry.counter(
      "tern_prefix_lookups_total",
      "Conversations sent whole, by whether a state was found that had read their beginning.",
    );
    this.#queueSeconds = registry.histogram(
      "tern_queue_wait_seconds",
      "Time that turns waited for their place.",
      SECONDS,
    );
    this.#firstToken = registry.histogram(
      "tern_time_to_first_token_seconds",
      "Time from asking for a turn to its first text, waiting included.",
      SECONDS,
    );
    this.#betweenTokens = registry.histogram(
      "tern_time_between_tokens_seconds",
      "Mean time that the engine took for each token after the first, one value a turn.",
      SECONDS,
    );
    this.#prefillSeconds = registry.histogram(
      "tern_prefill_seconds",
      "Time in which the engine read a prompt and wrote the first text.",
      SECONDS,
    );
    this.#storeSeconds = registry.histogram(
      "tern_store_operation_seconds",
      "Time that the store took.",
      SECONDS,
    );
    this.#storeErrors = registry.counter("tern_store_errors_total", "Operations that failed.");
    this.#storeBytes = registry.counter(
      "tern_store_bytes_total",
      "Bytes of values that were read and written.",
    );
  }

  /** @param request its route is the pattern of its path, never the path itself */
  request(
    { method, route, status, ms }: {
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly ms: number;
    },
  ): void {
    // Clients may invent methods; they may not invent time series.
    const known = METHODS.has(method) ? method : "other";
    this.#requests.add(1, { method: known, route, status: `${status}` });
    this.#requestSeconds.observe(ms / 1000, { route });
  }

  /** What is measured of one model. */
  of(model: string): ModelMeter {
    return {
      waited: (ms) => this.#queueSeconds.observe(ms / 1000, {}),
      answering: (ms) => this.#firstToken.observe(ms / 1000, { model }),
      spent: ({ origin, usage }) => {
        this.#turns.add(1, { origin, model });
        if (origin !== "response") {
          this.#prefixes.add(1, { result: origin === "nothing" ? "miss" : "hit", model });
        }
        this.#tokens.add(usage.prompt - usage.cached, { kind: "prompt", model });
        this.#tokens.add(usage.cached, { kind: "cached", model });
        this.#tokens.add(usage.completion, { kind: "completion", model });
      },
      prefilled: (ms) => this.#prefillSeconds.observe(ms / 1000, { model }),
      decoded: (ms, tokens) => {
        if (tokens > 0) this.#betweenTokens.observe(ms / 1000 / tokens, { model });
      },
    };
  }

  ingested(tokens: number, model: string): void {
    this.#tokens.add(tokens, { kind: "ingested", model });
  }

  /** The store did something, or failed to. */
  stored(operation: StoreOperation, ms: number, ok: boolean): void {
    this.#storeSeconds.observe(ms / 1000, { operation });
    if (!ok) this.#storeErrors.add(1, { operation });
  }

  /** Values went in or out. */
  moved(direction: "read" | "written", bytes: number): void {
    this.#storeBytes.add(bytes, { direction });
  }
}
