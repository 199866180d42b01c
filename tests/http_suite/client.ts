import assert from "node:assert/strict";
import { z } from "zod";
import type { SseMessage } from "../../src/stream/sse.ts";
import { EventSourceParserStream } from "eventsource-parser/stream";

const usage = z.looseObject({
  input_tokens: z.int(),
  input_tokens_details: z.looseObject({ cached_tokens: z.int() }),
  output_tokens: z.int(),
  total_tokens: z.int(),
});

const response = z.looseObject({
  id: z.string(),
  status: z.string(),
  output: z.array(z.looseObject({
    content: z.array(z.looseObject({ text: z.string() })).optional(),
  })),
  /** Not there before the end. */
  usage: usage.nullable(),
});

/** A response, as far as these tests look at it. */
export type ApiResponse = z.infer<typeof response>;

/** Speaks to a server over HTTP, and knows nothing else of it. */
export class ApiClient {
  /** @param key sent as a bearer token, if there is one */
  constructor(readonly url: string, readonly key?: string) {}

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.key !== undefined) headers.set("authorization", `Bearer ${this.key}`);
    return fetch(this.url + path, { ...init, headers });
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    return this.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    });
  }

  /** A response that is made whole, or begun. */
  async respond(body: object): Promise<ApiResponse> {
    return await read(await this.post("/v1/responses", body));
  }

  /** A response that was made, or is being made. */
  async retrieve(id: string): Promise<ApiResponse> {
    return await read(await this.fetch(`/v1/responses/${id}`));
  }
}

async function read(reply: Response): Promise<ApiResponse> {
  const json = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(json));
  return response.parse(json);
}

/** The text of a response. */
export function textOf({ output }: ApiResponse): string {
  return output.flatMap(({ content = [] }) => content.map(({ text }) => text)).join("");
}

/** The events of a reply that streams. */
export async function eventsOf(reply: Response): Promise<SseMessage[]> {
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert(reply.body);
  const messages = reply.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  return await Array.fromAsync(
    messages,
    ({ event, data }) => event === undefined ? { data } : { event, data },
  );
}
