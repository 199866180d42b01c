import { idFor } from "../idempotency/make_once.ts";
import type { Handler } from "hono";
import { z } from "zod";
import { readJson } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { toSeconds } from "../responses/wire.ts";
import { validate } from "../requests/validation.ts";
import { type BrowserTokens, FORK_RIGHTS } from "./browser_tokens.ts";
import { NoTokenSecretError } from "./errors.ts";

/** Seconds that a token is good for, if nothing is said of it. */
const HOUR = 3_600;
/** At the most. A page asks its own server for another. */
const DAY = 24 * HOUR;

/** The body of `POST /v1/browser_tokens`. */
export const browserTokenRequest = z.strictObject({
  conversation: z.string().max(128),
  forks: z.enum(FORK_RIGHTS).nullish()
    .describe(
      "Whether the conversation may be forked: `only` is that nothing is added to it itself.",
    ),
  expires_in: z.int().min(1).max(DAY).nullish().describe("Seconds. An hour by default."),
  requests_per_minute: z.int().min(1).max(1_000_000).nullish(),
});

/** What `POST /v1/browser_tokens` replies. */
export const browserToken = z.object({
  object: z.literal("browser_token"),
  id: z.string(),
  value: z.string().describe("What the page sends as its key."),
  conversation: z.string(),
  forks: z.enum(FORK_RIGHTS),
  expires_at: z.int().describe("Seconds since the epoch."),
  requests_per_minute: z.int().nullable(),
});

/** `POST /v1/browser_tokens`: a token for a page, which reaches one conversation of the key's tenant. */
export function createBrowserToken(
  ports: ApiPorts,
  tokens: BrowserTokens | undefined,
): Handler<ApiEnv> {
  const { conversations, limits, clock } = ports;
  return async function createBrowserToken(c) {
    const request = validate(browserTokenRequest, await readJson(c.req.raw, limits.maxBodyBytes));
    if (tokens === undefined) throw new NoTokenSecretError();
    const tenant = c.get("tenant");
    const { id: conversation } = await conversations.get(tenant, request.conversation);
    const id = idFor(c, ports, "bt_");
    const forks = request.forks ?? "none";
    const expiresAt = clock.now() + (request.expires_in ?? HOUR) * 1000;
    const perMinute = request.requests_per_minute ?? undefined;
    const value = await tokens.seal({
      id,
      tenant,
      conversation,
      forks,
      expiresAt,
      ...(perMinute === undefined ? {} : { requestsPerMinute: perMinute }),
    });
    return c.json(
      {
        object: "browser_token",
        id,
        value,
        conversation,
        forks,
        expires_at: toSeconds(expiresAt),
        requests_per_minute: perMinute ?? null,
      },
      200,
      { "cache-control": "no-store" },
    );
  };
}
