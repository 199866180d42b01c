/** A network between a browser and a server, which can be cut. */
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

  /** Where the server is reached by this network. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  /** Breaks all connections, and lets none be made. */
  cut(): void {
    this.#cut = true;
    for (const connection of this.#open) this.#close(connection);
  }

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
      // Either side has gone, and the other one learns of it.
    } finally {
      this.#close(client);
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (!this.#open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // It was closed by the other side.
    }
  }
}
