import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

/** What a client has to show. */
export const KV_TOKEN = "a-token-of-a-test";

/** A server that runs. */
export interface KvConnectServer extends AsyncDisposable {
  /** What a client connects to. */
  readonly url: string;
  /** Reads and commits so far. */
  readonly requests: number;
}

const LE64 = 2;
const enum Change {
  set = 1,
  delete = 2,
  sum = 3,
}

interface Stored {
  readonly key: Uint8Array;
  readonly data: Uint8Array;
  readonly encoding: number;
  readonly version: Uint8Array;
}

/**
 * A database in memory that speaks KV Connect, the protocol by which Deno reaches the Deno KV of Deno Deploy. It has
 * what the server needs: reads, lists, checks, sets, deletes and sums. It never removes what has expired, as the real
 * one may not for a while.
 *
 * @see https://github.com/denoland/denokv/blob/main/proto/kv-connect.md
 */
export function startKvConnect(): KvConnectServer {
  const stored = new Map<string, Stored>();
  let commits = 0n;
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.headers.get("authorization") !== `Bearer ${KV_TOKEN}`) {
      return new Response("unknown token", { status: 401 });
    }
    const { origin, pathname } = new URL(request.url);
    if (pathname === "/") {
      return Response.json({
        version: 2,
        databaseId: "a2ea095b-9731-4f5a-becf-fa47ea5bf6b5",
        endpoints: [{ url: `${origin}/data`, consistency: "strong" }],
        token: KV_TOKEN,
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      });
    }
    requests++;
    const body = new Uint8Array(await request.arrayBuffer());
    const reply = pathname.endsWith("/snapshot_read") ? read(body) : write(body);
    return new Response(reply, { headers: { "content-type": "application/x-protobuf" } });
  });

  function read(body: Uint8Array): Uint8Array<ArrayBuffer> {
    const out = new BinaryWriter();
    for (const bytes of messages(body, 1)) {
      const range = fields(bytes);
      const [start, end] = [hex(range.bytes(1)), hex(range.bytes(2))];
      const keys = stored.keys().filter((key) => key >= start && key < end).toArray().sort();
      if (range.number(4) === 1) keys.reverse();
      out.tag(1, 2).fork();
      for (const key of keys.slice(0, range.number(3))) {
        const entry = stored.get(key)!;
        out.tag(1, 2).fork();
        out.tag(1, 2).bytes(entry.key).tag(2, 2).bytes(entry.data);
        out.tag(3, 0).int32(entry.encoding).tag(4, 2).bytes(entry.version);
        out.join();
      }
      out.join();
    }
    return out.tag(4, 0).bool(true).finish();
  }

  function write(body: Uint8Array): Uint8Array<ArrayBuffer> {
    const holds = messages(body, 1).every((bytes) => {
      const check = fields(bytes);
      const entry = stored.get(hex(check.bytes(1)));
      return hex(entry?.version ?? new Uint8Array()) === hex(check.bytes(2));
    });
    if (!holds) return new BinaryWriter().tag(1, 0).int32(2).finish();
    const version = new Uint8Array(10);
    new DataView(version.buffer).setBigUint64(0, ++commits);
    for (const bytes of messages(body, 2)) {
      const mutation = fields(bytes);
      const key = mutation.bytes(1);
      const value = fields(mutation.bytes(2));
      const change: Change = mutation.number(3);
      if (change === Change.delete) stored.delete(hex(key));
      else if (change === Change.set) {
        stored.set(hex(key), { key, data: value.bytes(1), encoding: value.number(2), version });
      } else if (change === Change.sum) {
        const before = stored.get(hex(key))?.data ?? new Uint8Array(8);
        const data = new Uint8Array(8);
        new DataView(data.buffer).setBigUint64(0, le64(before) + le64(value.bytes(1)), true);
        stored.set(hex(key), { key, data, encoding: LE64, version });
      } else throw new Error(`The mutation ${change} is not known here`);
    }
    return new BinaryWriter().tag(1, 0).int32(1).tag(2, 2).bytes(version).finish();
  }

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

function le64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** The submessages of one field. */
function messages(message: Uint8Array, field: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === field) found.push(reader.bytes());
    else reader.skip(type, number);
  }
  return found;
}

/** The fields of a message that has each once. */
function fields(message: Uint8Array) {
  const reader = new BinaryReader(message);
  const found = new Map<number, Uint8Array | number>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    found.set(number, type === 2 ? reader.bytes() : Number(reader.uint64()));
  }
  return {
    bytes(field: number): Uint8Array {
      const value = found.get(field) ?? new Uint8Array();
      if (typeof value === "number") throw new TypeError(`field ${field} is a number`);
      return value;
    },
    number: (field: number): number => Number(found.get(field) ?? 0),
  };
}
