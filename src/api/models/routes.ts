import { anything } from "../browser_tokens/browser_rules.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";
import { serveModelFile } from "./serve_shared_model.ts";
import { listModels, retrieveModel } from "./models.ts";

const TAG = "Models";

const schemas = lazySchemas(async () => ({
  ...await import("./replies.ts"),
}));

/** The routes of `/v1/models`. */
export const MODEL_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/models",
    summary: "List the models that are served, with their personas and aliases",
    tag: TAG,
    schemas: schemas(({ modelList }) => ({ replies: { [JSON_TYPE]: modelList } })),
    browser: anything,
    handler: ({ models }) => listModels(models),
  },
  {
    method: "GET",
    path: "/v1/models/:id/files/:name",
    summary: "Download a file of a model, or `files.json`, the list of them, for a page to run it",
    tag: TAG,
    schemas: schemas(({ modelFiles }) => ({
      replies: { [JSON_TYPE]: modelFiles, "application/octet-stream": "text" },
    })),
    errors: [404, 416],
    handler: (ports) => ports.sharedModel && serveModelFile(ports, ports.sharedModel),
  },
  {
    method: "GET",
    path: "/v1/models/:id{.+}",
    summary: "Describe a model",
    tag: TAG,
    schemas: schemas(({ model }) => ({ replies: { [JSON_TYPE]: model } })),
    errors: [404],
    browser: anything,
    handler: ({ models }) => retrieveModel(models),
  },
];
