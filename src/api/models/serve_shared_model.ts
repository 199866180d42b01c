import type { Handler } from "hono";
import { FILES } from "../../checkpoint/model_files.ts";
import { UnknownRouteError } from "../errors/errors.ts";
import type { ApiEnv } from "../http/context.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { RoutePorts } from "../http/route.ts";
import { SHARED_ASSETS, type SharedAsset, type SharedModel } from "./shared_model.ts";

/** The script runs in a thread of its own there, which takes what it may do from the script's reply. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/** `GET /assets/...`: what a page needs beside a model. */
export function serveSharedAsset(name: SharedAsset, shared: SharedModel): Handler<ApiEnv> {
  return async (c) =>
    c.body(await shared.asset(name), 200, {
      "content-type": SHARED_ASSETS[name],
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
    });
}

/** `GET /v1/models/{id}/files/{name}`: a file of the model, or the list of them. A range may be asked for. */
export function serveModelFile({ models }: RoutePorts, shared: SharedModel): Handler<ApiEnv> {
  return async (c) => {
    await models.describe(c.req.param("id")!);
    const name = c.req.param("name")!;
    const files = await shared.files();
    if (files === undefined) throw new UnknownRouteError("GET", c.req.path);
    if (name === FILES) return c.json(files);
    const file = [files.config, files.weights, files.vocabulary].find((file) =>
      file?.name === name
    );
    if (!file) throw new UnknownRouteError("GET", c.req.path);
    const headers = {
      "content-type": name === files.config.name ? JSON_TYPE : "application/octet-stream",
      "accept-ranges": "bytes",
      "cache-control": "no-cache",
      etag: `"${file.sha256}"`,
    };
    const { bytes } = file;
    const from = rangeStart(c.req.header("range"));
    if (from === undefined) {
      return c.body(await shared.open(name, 0), 200, { ...headers, "content-length": `${bytes}` });
    }
    if (from >= bytes) return c.body(null, 416, { "content-range": `bytes */${bytes}` });
    return c.body(await shared.open(name, from), 206, {
      ...headers,
      "content-length": `${bytes - from}`,
      "content-range": `bytes ${from}-${bytes - 1}/${bytes}`,
    });
  };
}

/** Where a range begins that goes to the end. Any other is not honoured, as RFC 9110, section 14.2, allows. */
function rangeStart(range: string | undefined): number | undefined {
  const [, from] = /^bytes=(\d{1,15})-$/.exec(range ?? "") ?? [];
  return from === undefined ? undefined : Number(from);
}
