import { TextLineStream } from "@std/streams/text-line-stream";

/** A request for the file. */
export interface FileRequest {
  readonly path: string;
  readonly headers: Headers;
  /** How many requests there were before. */
  readonly count: number;
}

/** What the server writes: a head, and the bytes of the body, after which it closes the connection. */
export interface FileReply {
  readonly status: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Keeps the connection open and silent, as a server that hangs. */
  readonly hangs?: true;
  /** Sends nothing, not even a head. */
  readonly isSilent?: true;
}

/** A server on a bare socket, which can lie about anything. */
export interface BadFileServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly FileRequest[];
}

/** Starts a server that answers as told. */
export function badFileServer(answer: (request: FileRequest) => FileReply): BadFileServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: FileRequest[] = [];
  const open = new Set<Deno.Conn>();
  const running = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      serve(connection).catch(() => {}).finally(() => open.delete(connection));
    }
  })();

  async function serve(connection: Deno.Conn): Promise<void> {
    const lines = connection.readable.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream({ allowCR: false }));
    const headers = new Headers();
    let path = "";
    for await (const raw of lines.values({ preventCancel: true })) {
      const line = raw.replace(/\r$/, "");
      if (line === "") break;
      if (path === "") path = line.split(" ")[1]!;
      else {headers.append(
          line.slice(0, line.indexOf(":")),
          line.slice(line.indexOf(":") + 1).trim(),
        );}
    }
    const request = { path, headers, count: requests.length };
    requests.push(request);
    const reply = answer(request);
    if (reply.isSilent) return;
    const head = [`HTTP/1.1 ${reply.status}`, "connection: close"];
    for (const [name, value] of Object.entries(reply.headers ?? {})) head.push(`${name}: ${value}`);
    const body = typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : reply.body;
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
    if (body !== undefined) await writer.write(body);
    if (!reply.hangs) connection.close();
  }

  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch (error) {
          if (!(error instanceof Deno.errors.BadResource)) throw error;
        }
      }
      await running;
    },
  };
}

/** Answers as a good server does: ranges, if the condition on the version holds. */
export function goodReply(
  { headers }: FileRequest,
  file: Uint8Array,
  etag = '"1"',
): FileReply {
  const [, from] = /^bytes=(\d+)-$/.exec(headers.get("range") ?? "") ?? [];
  const condition = headers.get("if-range");
  if (from !== undefined && (condition === null || condition === etag)) {
    const first = Number(from);
    if (first >= file.length) {
      return {
        status: "416 Range Not Satisfiable",
        headers: { "content-range": `bytes */${file.length}` },
      };
    }
    return {
      status: "206 Partial Content",
      headers: {
        etag,
        "content-length": `${file.length - first}`,
        "content-range": `bytes ${first}-${file.length - 1}/${file.length}`,
      },
      body: file.subarray(first),
    };
  }
  return { status: "200 OK", headers: { etag, "content-length": `${file.length}` }, body: file };
}
