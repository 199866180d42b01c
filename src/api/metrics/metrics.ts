import type { Handler } from "hono";
import { PROMETHEUS_TYPE } from "../../telemetry/prometheus.ts";
import type { HandledRequest } from "../http/access_log.ts";
import { keyChecker } from "../access/auth.ts";
import type { ApiEnv } from "../http/context.ts";

/** Who may read the metrics. */
export interface MetricsOptions {
  /** The metrics as they are now, in Prometheus' text format. */
  readonly text: () => string;
  /** Told of each request whose reply is over. */
  readonly onHandled: (request: HandledRequest) => void;
  /** `open` is everyone; else who has this key, by its digest, as `isKeyDigest` has it. */
  readonly access: string;
}

/** `GET /metrics`. */
export function metrics(
  { text, access }: Pick<MetricsOptions, "text" | "access">,
): Handler<ApiEnv> {
  const check = access === "open" ? undefined : keyChecker([access]);
  return async function metrics(c) {
    await check?.(c.req.header("authorization"));
    return c.text(text(), 200, { "content-type": PROMETHEUS_TYPE, "cache-control": "no-store" });
  };
}
