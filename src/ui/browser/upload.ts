import { type Api, ApiError, sleep } from "./api.ts";
import { serverEvents } from "../../stream/server_events.ts";
import type { IngestState } from "./wire.ts";

/** A started upload, stored so that it can be resumed after a reload. */
export interface BegunUpload {
  readonly name: string;
  readonly size: number;
}

const PREFIX = "tern.upload.";

/** Delay before a retry, in milliseconds. */
const PAUSE_MS = 500;

/** The interrupted upload of a conversation, if any. */
export function begunUpload(conversation: string): BegunUpload | undefined {
  const kept = localStorage.getItem(PREFIX + conversation);
  return kept === null ? undefined : JSON.parse(kept);
}

/** Removes the record of an upload. */
export function dropUpload(conversation: string): void {
  localStorage.removeItem(PREFIX + conversation);
}

/**
 * Reads a file into a conversation. When the connection breaks or the server dies, it resumes at the server's offset.
 *
 * @param onProgress called with the progress
 * @throws {ApiError} if the server rejects the text
 */
export async function uploadText(
  api: Api,
  conversation: string,
  file: File,
  onProgress: (state: IngestState) => void,
  signal: AbortSignal,
): Promise<IngestState> {
  const path = `/v1/conversations/${conversation}/ingest`;
  const begun: BegunUpload = { name: file.name, size: file.size };
  const resumes = begunUpload(conversation) !== undefined;
  localStorage.setItem(PREFIX + conversation, JSON.stringify(begun));
  let offset = resumes ? await offsetAt(api, path, signal) : 0;
  for (;;) {
    const watching = new AbortController();
    void watch(api, path, onProgress, AbortSignal.any([signal, watching.signal]));
    try {
      const reply = await api.fetch(path, {
        method: "POST",
        body: file.slice(offset),
        headers: { "content-type": "text/plain", "upload-offset": `${offset}` },
        signal,
      });
      const state: IngestState = await reply.json();
      dropUpload(conversation);
      return state;
    } catch (error) {
      signal.throwIfAborted();
      const again = !(error instanceof ApiError) || error.status >= 500 ||
        error.code === "mismatching_upload_offset" || error.code === "upload_incomplete";
      if (!again) {
        dropUpload(conversation);
        throw error;
      }
    } finally {
      watching.abort();
    }
    await sleep(PAUSE_MS, signal);
    offset = await offsetAt(api, path, signal);
    if (offset === file.size) {
      const state = await api.json<IngestState>(path, { signal });
      if (state.status === "completed") {
        dropUpload(conversation);
        return state;
      }
    }
  }
}

/** The offset of the next byte to send. */
async function offsetAt(api: Api, path: string, signal: AbortSignal): Promise<number> {
  try {
    return (await api.json<IngestState>(path, { signal })).offset;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 0;
    throw error;
  }
}

/** Follows the progress of an ingest until it ends. */
async function watch(
  api: Api,
  path: string,
  onProgress: (state: IngestState) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    // The upload must have started first.
    await sleep(PAUSE_MS, signal);
    const reply = await api.fetch(`${path}?stream=true`, { signal });
    for await (const { data } of serverEvents(reply.body!, () => {})) {
      if (data === "[DONE]") return;
      const state: IngestState = JSON.parse(data);
      if (state.offset !== undefined) onProgress(state);
    }
  } catch {
    // The progress is only displayed.
  }
}
