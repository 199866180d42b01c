import { lazySchemas } from "../http/lazy_schemas.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";
import { metrics } from "../metrics/metrics.ts";
import { showReadiness } from "./readiness.ts";
import { PROMETHEUS_TYPE } from "../../telemetry/prometheus.ts";

const TAG = "Server";

const schemas = lazySchemas(async () => ({
  ...await import("./replies.ts"),
}));

/** The routes of the server itself. */
export const SERVER_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/openapi.json",
    summary: "This description",
    tag: TAG,
    schemas: schemas(({ description }) => ({ replies: { [JSON_TYPE]: description } })),
    handler: ({ document }) => async (c) => c.json(await document()),
  },
  {
    method: "GET",
    path: "/health",
    summary:
      "Tell whether the server answers. It is 503 while the model is loaded, with `percent`, and where the database was removed",
    tag: TAG,
    schemas: schemas(({ health }) => ({ replies: { [JSON_TYPE]: health } })),
    errors: [503],
    handler: ({ version, models, requireStore }) => (c) => {
      requireStore?.();
      const statuses = [...models.statuses()].map(([id, status]) => ({ id, ...status }));
      return c.json({
        status: "ok",
        ...(version ? { version } : {}),
        // A single one is always loaded.
        ...(statuses.length > 1 ? { models: statuses } : {}),
      });
    },
  },
  {
    method: "GET",
    path: "/health/ready",
    summary:
      "Tell whether the store answers and the model computes. If not, or if the server is stopping, it is 503 with the same fields",
    tag: TAG,
    schemas: schemas(({ readiness }) => ({ replies: { [JSON_TYPE]: readiness } })),
    errors: [503],
    handler: ({ readiness }) => readiness && showReadiness(readiness),
  },
  {
    method: "GET",
    path: "/metrics",
    summary: "What the server measured, for Prometheus",
    tag: TAG,
    schemas: schemas(() => ({ replies: { [PROMETHEUS_TYPE]: "text" } })),
    errors: [401],
    handler: (ports) => ports.metrics && metrics(ports.metrics),
  },
];
