/** Headers that are between two neighbours, and no business of those behind them. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "content-length", "host"];

/** What stands before many servers: sends each request to any of them, and its reply back as it comes. */
export interface Dispatcher extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts a dispatcher on a free port.
 *
 * @param pick the URL of a server, for each request anew
 */
export function startDispatcher(pick: () => string): Dispatcher {
  const handle = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of HOP_BY_HOP) headers.delete(name);
    try {
      const reply = await fetch(pick() + pathname + search, {
        method: request.method,
        headers,
        body: request.body === null ? null : await request.arrayBuffer(),
        signal: request.signal,
      });
      const back = new Headers(reply.headers);
      for (const name of HOP_BY_HOP) back.delete(name);
      return new Response(reply.body, { status: reply.status, headers: back });
    } catch {
      // It was killed before it answered.
      return new Response("the server that was asked is gone", { status: 502 });
    }
  };
  const listener = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handle);
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    [Symbol.asyncDispose]: () => listener.shutdown(),
  };
}
