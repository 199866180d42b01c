import { lazySchemas } from "../http/lazy_schemas.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";
import { metrics } from "../metrics/metrics.ts";
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
    summary: "Tell whether the server answers. While the model is loaded it is 503, with `percent`",
    tag: TAG,
    schemas: schemas(({ health }) => ({ replies: { [JSON_TYPE]: health } })),
    handler: ({ version, models }) => (c) => {
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
    path: "/metrics",
    summary: "What the server measured, for Prometheus",
    tag: TAG,
    schemas: schemas(() => ({ replies: { [PROMETHEUS_TYPE]: "text" } })),
    errors: [401],
    handler: (ports) => ports.metrics && metrics(ports.metrics),
  },
];
