import type { IngestMeter } from "../ingest/ingest_pace.ts";
import type { Meter } from "../turn/meter.ts";
import { type Counter, type Histogram, Registry, SECONDS } from "./prometheus.ts";

/** A measured operation of a store. */
export type StoreOperation = "get" | "getMany" | "commit" | "list";

/** Measures the turns of one model. */
export interface ModelMeter extends Meter {
  /** Records the time that the engine took to read a prompt and generate the first text. */
  prefilled(ms: number): void;
  /** Records the time that the engine took for the `tokens` tokens after the first text. */
  decoded(ms: number, tokens: number): void;
}

const METHODS = new Set(["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"]);

/**
 * The server's metrics. No label identifies a tenant or contains text of users, so readers of the metrics learn only
 * how much traffic there is.
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
      "Requests, counted at the end of the reply.",
    );
    this.#requestSeconds = registry.histogram(
      "tern_http_request_duration_seconds",
      "Time from the request to the end of the reply.",
      SECONDS,
    );
    this.#tokens = registry.counter(
      "tern_tokens_total",
      "Tokens by kind: prompt (read for a turn), cached (already in the state), completion (generated), ingested (long texts).",
    );
    this.#turns = registry.counter("tern_turns_total", "Turns by the state that they continued.");
    this.#prefixes = registry.counter(
      "tern_prefix_lookups_total",
      "Lookups of a stored state for the start of a conversation that was sent in full.",
    );
    this.#queueSeconds = registry.histogram(
      "tern_queue_wait_seconds",
      "Time that turns waited in the queue.",
      SECONDS,
    );
    this.#firstToken = registry.histogram(
      "tern_time_to_first_token_seconds",
      "Time from the request for a turn to its first text, including the queue.",
      SECONDS,
    );
    this.#betweenTokens = registry.histogram(
      "tern_time_between_tokens_seconds",
      "Mean time of the engine per token after the first; one value per turn.",
      SECONDS,
    );
    this.#prefillSeconds = registry.histogram(
      "tern_prefill_seconds",
      "Time of the engine to read a prompt and generate the first text.",
      SECONDS,
    );
    this.#storeSeconds = registry.histogram(
      "tern_store_operation_seconds",
      "Time per store operation.",
      SECONDS,
    );
    this.#storeErrors = registry.counter(
      "tern_store_errors_total",
      "Store operations that failed.",
    );
    this.#storeBytes = registry.counter(
      "tern_store_bytes_total",
      "Bytes of values read from and written to the store.",
    );
  }

  /** Counts a request. @param request `route` is the pattern of the path, never the path itself */
  request(
    { method, route, status, ms }: {
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly ms: number;
    },
  ): void {
    // Clients can send any method: a label of its own for each would create an unbounded number of time series.
    const known = METHODS.has(method) ? method : "other";
    this.#requests.add(1, { method: known, route, status: `${status}` });
    this.#requestSeconds.observe(ms / 1000, { route });
  }

  /** The meter of one model. */
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

  /** Counts tokens of a long text that a model has read into a conversation. */
  ingested(tokens: number, model: string): void {
    this.#tokens.add(tokens, { kind: "ingested", model });
  }

  /** Records a store operation. */
  stored(operation: StoreOperation, ms: number, ok: boolean): void {
    this.#storeSeconds.observe(ms / 1000, { operation });
    if (!ok) this.#storeErrors.add(1, { operation });
  }

  /** Counts bytes of values read from or written to the store. */
  moved(direction: "read" | "written", bytes: number): void {
    this.#storeBytes.add(bytes, { direction });
  }
}
