import type { Handler } from "hono";
import type { z } from "zod";
import type { BrowserRule } from "../browser_tokens/browser_rules.ts";
import type { BrowserTokens } from "../browser_tokens/browser_tokens.ts";
import type { CreatingKind } from "../idempotency/once.ts";
import type { MetricsOptions } from "../metrics/metrics.ts";
import type { SharedModel } from "../models/shared_model.ts";
import type { SocketOptions } from "../responses/socket.ts";
import type { Readiness } from "../server/readiness.ts";
import type { ApiEnv, ApiPorts } from "./context.ts";

/** A body, by its media type: a schema, the schema of each event, or text without a schema. */
export type Content = z.ZodType | { readonly events: z.ZodType } | "text";

/** The schemas of a route. Bodies and queries are validated with the ones that are described. */
export interface RouteSchemas {
  /** Of a body in JSON. */
  readonly request?: z.ZodType;
  /** Of the parameters of the query. */
  readonly query?: z.ZodObject;
  /** Of replies without an error, by media type. */
  readonly replies: Readonly<Record<string, Content>>;
}

/** The ports of all routes, and those of single routes, without which a server does not have them. */
export interface RoutePorts extends ApiPorts {
  /** Makes the tokens of pages. */
  readonly tokens: BrowserTokens | undefined;
  readonly sockets: SocketOptions | undefined;
  readonly metrics: MetricsOptions | undefined;
  readonly version: string | undefined;
  /** Looks whether the server can do its work. */
  readonly readiness: (() => Promise<Readiness>) | undefined;
  /** What pages run the model with themselves. */
  readonly sharedModel: SharedModel | undefined;
  /** The OpenAPI document of this server. */
  readonly document: () => Promise<object>;
}

/** Makes a route's handler, or undefined if this server does not have the route. */
export type MakeHandler = (ports: RoutePorts) => Handler<ApiEnv> | undefined;

/**
 * All there is to say of a route. The app serves it, and the OpenAPI document describes it.
 *
 * A record is made when the server starts, so it loads little: schemas are loaded for the description, and most handlers
 * at their first request.
 */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** As hono has it. */
  readonly path: string;
  readonly summary: string;
  /** The heading in the description. */
  readonly tag: string;
  readonly schemas: () => Promise<RouteSchemas>;
  /** A body that the route understands as it is, for readers of the description to try. */
  readonly example?: (model: string) => unknown;
  /** The media type of an upload, which has no schema. */
  readonly upload?: string;
  /** Headers that it reads, and their descriptions. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Describes `Last-Event-ID`, if a stream can resume after the event that it names. */
  readonly resumes?: string;
  /** Statuses of errors besides those that all routes have. */
  readonly errors?: readonly number[];
  /** What a request with an `Idempotency-Key` makes only once. Absent: the header has no effect. */
  readonly creates?: CreatingKind;
  /** What a request with a browser token must satisfy. Absent: browser tokens may not use the route. */
  readonly browser?: BrowserRule;
  readonly handler: MakeHandler;
}
