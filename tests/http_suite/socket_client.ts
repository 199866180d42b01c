import type { ApiResponse } from "./client.ts";

/** An event of a socket, as far as tests look into it. */
export interface SocketEvent {
  readonly type: string;
  readonly response?: ApiResponse;
}

/** A client of the WebSocket at `/v1/responses`. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #events: SocketEvent[] = [];
  #changed = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#events.push(JSON.parse(data));
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
  }

  /** @throws if the server refuses */
  static async open(url: string, key?: string): Promise<SocketClient> {
    const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/v1/responses`, { headers });
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("error", (event) => reject(event), { once: true });
    });
    return new SocketClient(socket);
  }

  send(request: object): void {
    this.#socket.send(JSON.stringify({ type: "response.create", ...request }));
  }

  /** The next event that belongs to a response. */
  async next(): Promise<SocketEvent> {
    for (;;) {
      const event = await this.any();
      if (event.type !== "tern.keep_alive") return event;
    }
  }

  /** The next event. */
  async any(): Promise<SocketEvent> {
    while (this.#events.length === 0) await this.#changed.promise;
    return this.#events.shift()!;
  }

  /** Asks for a response, and waits for it to end. */
  async respond(request: object): Promise<ApiResponse> {
    this.send(request);
    for (;;) {
      const event = await this.next();
      if (event.type === "error") throw new Error(JSON.stringify(event));
      if (/^response\.(completed|incomplete)$/.test(event.type)) return event.response!;
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve));
    this.#socket.close();
    await closed;
  }
}
