import { THREAD, type ToPage, type ToThread } from "./messages.ts";
import { ClientConversation } from "./conversation.ts";
import { TernError } from "./tern_error.ts";

/** How {@linkcode openTern} opens a model. */
export interface OpenTernOptions {
  /** The address of the model's folder, which has a `files.json`. A Tern server has one at `/v1/models/{id}/files/`. */
  readonly model: string | URL;
  /**
   * The name of the cache in which the browser keeps the model's files, so that they are downloaded once and are there
   * without a network. `null` keeps nothing. @default "tern-models"
   */
  readonly cache?: string | null;
  /** Sent with downloads: the API key of a server that wants one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the bytes that are there, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** The module that runs in the thread: this one. */
  readonly module: URL;
}

interface Call {
  reply(reply: Response): void;
  fail(error: unknown): void;
  controller?: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** Ends the wait for the next part of the body. */
  pulled?: () => void;
}

/** Statuses of replies without a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A model in a thread of this page, with the server's API over it. Nothing leaves the page, and no network is needed once
 * the model is there.
 */
export class Tern {
  /** What requests call the model. */
  readonly model: string;
  /** Names the model and the engine: states continue where this is the same. */
  readonly fingerprint: string;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #nextCall = 0;
  #closed: (() => void) | undefined;

  private constructor(worker: Worker, opened: ToPage & { type: "opened" }) {
    this.#worker = worker;
    this.model = opened.model;
    this.fingerprint = opened.fingerprint;
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => this.#receive(data);
    worker.onerror = ({ message }) => this.#stop(new TernError(`The thread failed: ${message}`));
  }

  /** @throws {TernError} if the model cannot be downloaded, or cannot run here */
  static open(
    { model, cache = "tern-models", headers = {}, onProgress, module }: OpenTernOptions,
  ): Promise<Tern> {
    const worker = new Worker(module, { type: "module", name: THREAD });
    return new Promise((resolve, reject) => {
      const refuse = (reason: string) => {
        worker.terminate();
        reject(new TernError(reason));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        refuse(`The thread failed: ${event.message}`);
      };
      worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
        if (data.type === "progress") onProgress?.(data.done, data.total);
        else if (data.type === "refused") refuse(data.message);
        else if (data.type === "opened") resolve(new Tern(worker, data));
      };
      const folder = new URL(model, globalThis.location?.href);
      if (!folder.pathname.endsWith("/")) folder.pathname += "/";
      const message: ToThread = { type: "open", model: folder.href, cache, headers };
      worker.postMessage(message);
    });
  }

  /**
   * A request to the API in the page, as `fetch` makes one to a server.
   *
   * @param path `/v1/...`
   * @throws {TypeError} as `fetch` does, if there is no reply
   */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { signal } = init;
    const request = new Request(new URL(path, "http://tern.localhost"), { ...init, signal: null });
    const body = request.body === null ? null : await request.bytes();
    signal?.throwIfAborted();
    const call = this.#nextCall++;
    return await new Promise<Response>((resolve, reject) => {
      const leave = () => {
        this.#calls.delete(call);
        this.#send({ type: "cancel", call });
        entry.fail(signal!.reason);
      };
      const entry: Call = {
        reply: resolve,
        fail: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
          entry.controller?.error(error);
          entry.pulled?.();
        },
      };
      this.#calls.set(call, entry);
      signal?.addEventListener("abort", leave, { once: true });
      const { method, headers } = request;
      this.#send({ type: "fetch", call, path, method, headers: [...headers], body });
    });
  }

  /** The conversation of a file that a server, or this, exported. */
  async openConversation(file: Blob | BufferSource): Promise<ClientConversation> {
    const reply = await this.fetch("/v1/conversations/import", {
      method: "POST",
      headers: { "content-type": "application/vnd.tern.conversation" },
      body: file,
    });
    return new ClientConversation(this, await idOf(reply));
  }

  /** A conversation in which nothing was said yet. */
  async newConversation(): Promise<ClientConversation> {
    const reply = await this.fetch("/v1/conversations", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    return new ClientConversation(this, await idOf(reply));
  }

  /** Ends the thread, and all that is in it. Export first what is to stay. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#closed = resolve);
    this.#send({ type: "close" });
    await closed;
    this.#stop(new TernError("It was closed"));
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #stop(error: Error): void {
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.fail(error);
    this.#calls.clear();
    this.#closed?.();
  }

  #receive(message: ToPage): void {
    if (message.type === "closed") return this.#closed?.();
    if (!("call" in message)) return;
    const { call } = message;
    const entry = this.#calls.get(call);
    if (entry === undefined) return;
    switch (message.type) {
      case "reply":
        return entry.reply(this.#response(message, entry));
      case "chunk":
        entry.controller?.enqueue(message.bytes);
        return entry.pulled?.();
      case "end":
        this.#calls.delete(call);
        entry.controller?.close();
        return entry.pulled?.();
      case "failed":
        this.#calls.delete(call);
        return entry.fail(new TypeError(message.message));
    }
  }

  #response({ call, status, headers }: ToPage & { type: "reply" }, entry: Call): Response {
    const body = BODILESS.has(status) ? null : new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        entry.controller = controller;
      },
      pull: () => {
        this.#send({ type: "pull", call });
        return new Promise<void>((resolve) => entry.pulled = resolve);
      },
      cancel: () => {
        this.#calls.delete(call);
        this.#send({ type: "cancel", call });
      },
    }, { highWaterMark: 0 });
    return new Response(body, {
      status,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
    });
  }
}

async function idOf(reply: Response): Promise<string> {
  const { id, error } = await reply.json();
  if (!reply.ok) throw new TernError(error?.message ?? `The request failed with ${reply.status}`);
  return id;
}
