import assert from "node:assert/strict";
import { request } from "node:http";
import { pipeline, Readable } from "node:stream";
import { z } from "zod";
import { EventSourceParserStream } from "eventsource-parser/stream";
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
  const ended = new AbortController();
  const following = follow(client, conversation, onStatus, ended.signal);
  // Who follows may be cut off first.
  following.catch(() => {});
  try {
    const reply = await sendWhenFree(client, conversation, bytes, offset);
    const last = statusSchema.parse(JSON.parse(reply));
    assert.equal(last.status, "completed");
    onStatus(last);
    return last;
  } finally {
    ended.abort();
    await following.catch(() => {});
  }
}

/** Follows a text while another request sends it. */
async function follow(
  client: ApiClient,
  conversation: string,
  onStatus: (status: UploadStatus) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const path = `/v1/conversations/${conversation}/ingest?stream=true`;
    const reply = await client.fetch(path, { signal });
    if (reply.status === 200) {
      assert(reply.body);
      for await (
        const { event, data } of reply.body.pipeThrough(new TextDecoderStream()).pipeThrough(
          new EventSourceParserStream(),
        )
      ) {
        if (data === "[DONE]") break;
        assert.notEqual(event, "error", data);
        onStatus(statusSchema.parse(JSON.parse(data)));
      }
    } else await reply.body?.cancel();
    // It has not begun, or waits for a lease to expire.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Sends the rest of a text, again while the lease of a server that died has not expired. A server that is too slow to
 * renew its lease may lose it in the middle of the request: the rest then begins further on.
 */
async function sendWhenFree(
  client: ApiClient,
  conversation: string,
  bytes: number,
  offset: number,
): Promise<string> {
  const url = `${client.url}/v1/conversations/${conversation}/ingest`;
  for (let tries = 0, from = offset;; tries++) {
    const { status, text } = await send(url, longText(bytes, from), {
      "content-type": "text/plain",
      "content-length": `${bytes - from}`,
      "upload-offset": `${from}`,
    });
    if (status === 200) return text;
    assert(status === 409 && tries < 100, text);
    if (/mismatching_upload_offset/.test(text)) from = await nextByte(client, conversation);
    else assert.match(text, /conversation_busy/);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Sends a body whose length is known, piece by piece, which `fetch` does not. Deno's server holds back who sends it, but
 * not who sends small chunks: those it reads faster than it gives them on.
 */
function send(
  url: string,
  body: ReadableStream<Uint8Array>,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const sending = request(url, { method: "POST", headers }, async (reply) => {
    try {
      let text = "";
      for await (const piece of reply) text += piece;
      resolve({ status: reply.statusCode ?? 0, text });
    } catch (error) {
      reject(error);
    }
  });
  sending.on("error", reject);
  // Who was answered before the end sends no more.
  pipeline(Readable.from(body), sending, (error) => error && reject(error));
  return promise;
}
