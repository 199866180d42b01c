import assert from "node:assert/strict";
import { z } from "zod";
import { SseParserStream } from "../../src/stream/sse_parser.ts";
import type { ApiClient } from "../http_suite/client.ts";
import { longText } from "./long_text.ts";

const statusSchema = z.looseObject({
  status: z.enum(["in_progress", "paused", "completed"]),
  offset: z.int(),
  tokens: z.int(),
  sha256: z.string().optional(),
});

/** How far a text is read, as the server says it. */
export type UploadStatus = z.infer<typeof statusSchema>;

/** Makes a conversation. */
export async function newConversation(client: ApiClient): Promise<string> {
  const { id } = await (await client.post("/v1/conversations", {})).json();
  return z.string().parse(id);
}

/** The byte that is next of a text, or 0 if there is none. */
export async function nextByte(client: ApiClient, conversation: string): Promise<number> {
  const reply = await client.fetch(`/v1/conversations/${conversation}/ingest`, { method: "HEAD" });
  return Number(reply.headers.get("upload-offset") ?? "0");
}

/**
 * Sends a {@linkcode longText} from a byte on, and follows what the server says meanwhile.
 *
 * @throws what breaks the connection
 */
export async function upload(
  client: ApiClient,
  conversation: string,
  bytes: number,
  offset: number,
  onStatus: (status: UploadStatus) => void = () => {},
): Promise<UploadStatus> {
  const reply = await sendWhenFree(client, conversation, bytes, offset);
  assert(reply.body);
  let last: UploadStatus | undefined;
  for await (const { event, data } of reply.body.pipeThrough(new SseParserStream())) {
    if (data === "[DONE]") break;
    assert.notEqual(event, "error", data);
    onStatus(last = statusSchema.parse(JSON.parse(data)));
  }
  if (last?.status !== "completed") throw new Error("The connection ended before the text");
  return last;
}

/** A server that died is waited for until its lease has expired. */
async function sendWhenFree(
  client: ApiClient,
  conversation: string,
  bytes: number,
  offset: number,
): Promise<Response> {
  for (let tries = 0;; tries++) {
    const reply = await client.fetch(`/v1/conversations/${conversation}/ingest?stream=true`, {
      method: "POST",
      headers: { "content-type": "text/plain", "upload-offset": `${offset}` },
      body: longText(bytes, offset),
    });
    if (reply.status === 200) return reply;
    const error = await reply.text();
    assert(reply.status === 409 && /conversation_busy/.test(error) && tries < 100, error);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
