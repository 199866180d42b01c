/** A proxy between a browser and a server whose connections can be cut. */
export class Network {
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #server: { readonly hostname: string; readonly port: number };
  #cut = false;

  constructor(server: string) {
    const { hostname, port } = new URL(server);
    this.#server = { hostname, port: Number(port) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#accept();
  }

  /** The URL of the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  /** Closes all connections and refuses new ones. */
  cut(): void {
    this.#cut = true;
    for (const connection of this.#open) this.#close(connection);
  }

  /** Accepts connections again. */
  mend(): void {
    this.#cut = false;
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      if (this.#cut) client.close();
      else void this.#join(client);
    }
  }

  async #join(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    try {
      const server = await Deno.connect(this.#server);
      this.#open.add(server);
      await Promise.race([
        client.readable.pipeTo(server.writable),
        server.readable.pipeTo(client.writable),
      ]);
      this.#close(server);
    } catch {
      // One side has closed; `finally` closes the other.
    } finally {
      this.#close(client);
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (!this.#open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // Already closed by the peer.
    }
  }
}
