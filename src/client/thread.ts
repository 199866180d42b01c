import { type LocalApp, openLocalApp } from "./local_app.ts";
import { ORIGIN, type ToPage, type ToThread } from "./messages.ts";
import { downloadModel } from "./download_model.ts";

/** The ends of a thread that messages go through. */
export interface Port {
  postMessage(message: ToPage, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToThread>) => void) | null;
  close(): void;
}

/** A request under way. */
interface Call {
  readonly controller: AbortController;
  reader?: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
}

/** Runs a model and its API in this thread, driven by the messages of a page. */
export function serveThread(port: Port): void {
  const calls = new Map<number, Call>();
  let opening: Promise<LocalApp> | undefined;
  const tell = (message: ToPage, transfer: Transferable[] = []) =>
    port.postMessage(message, transfer);

  async function open(message: ToThread & { type: "open" }): Promise<LocalApp> {
    const cache = message.cache === null || !("caches" in globalThis)
      ? undefined
      : await caches.open(message.cache);
    const files = await downloadModel(new URL(message.model), {
      cache,
      headers: message.headers,
      onProgress: (done, total) => tell({ type: "progress", done, total }),
    });
    return await openLocalApp(files);
  }

  async function answer(message: ToThread & { type: "fetch" }): Promise<void> {
    const { call, path, method, headers, body } = message;
    const running: Call = { controller: new AbortController() };
    calls.set(call, running);
    try {
      const app = await opening!;
      const reply = await app.fetch(
        new Request(new URL(path, ORIGIN), {
          method,
          headers: headers.map(([name, value]): [string, string] => [name, value]),
          body,
          signal: running.controller.signal,
        }),
      );
      tell({ type: "reply", call, status: reply.status, headers: [...reply.headers] });
      if (reply.body === null) return end(call);
      running.reader = reply.body.getReader();
    } catch (error) {
      fail(call, error);
    }
  }

  async function pull(call: number): Promise<void> {
    try {
      const { done, value } = await calls.get(call)?.reader?.read() ?? { done: true };
      if (done) return end(call);
      const bytes = value!.slice();
      tell({ type: "chunk", call, bytes }, [bytes.buffer]);
    } catch (error) {
      fail(call, error);
    }
  }

  function end(call: number): void {
    if (calls.delete(call)) tell({ type: "end", call });
  }

  function fail(call: number, error: unknown): void {
    if (calls.delete(call)) tell({ type: "failed", call, message: String(error) });
  }

  async function cancel(call: number): Promise<void> {
    const running = calls.get(call);
    calls.delete(call);
    running?.controller.abort();
    await running?.reader?.cancel().catch(() => {});
  }

  async function close(): Promise<void> {
    await Promise.all([...calls.keys()].map(cancel));
    await opening?.then((app) => app.close(), () => {});
    tell({ type: "closed" });
    port.close();
  }

  port.onmessage = ({ data: message }) => {
    switch (message.type) {
      case "open":
        opening = open(message);
        return void opening.then(
          ({ model, fingerprint }) => tell({ type: "opened", model, fingerprint }),
          (error) => {
            const { name, message } = error instanceof Error ? error : new Error(String(error));
            tell({ type: "refused", name, message });
          },
        );
      case "fetch":
        return void answer(message);
      case "pull":
        return void pull(message.call);
      case "cancel":
        return void cancel(message.call);
      case "close":
        return void close();
    }
  };
}
