import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { writeParts } from "../../scripts/deploy/write_parts.ts";
import { CheckpointError } from "../../src/checkpoint/checkpoint_error.ts";
import { ModelParts } from "../../src/checkpoint/model_parts.ts";
import { openRemoteParts } from "../../src/checkpoint/remote_parts.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { readModel } from "../../src/rwkv/read_model.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;
const hex = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();

async function indexOf(files: Record<string, Uint8Array<ArrayBuffer>[]>) {
  const entries = Object.entries(files).map(async ([file, parts]) =>
    [
      file,
      await Promise.all(parts.map(async (bytes, i) => {
        return { name: `${file}.${i}`, bytes: bytes.length, sha256: await hex(bytes) };
      })),
    ] as const
  );
  const index = {
    version: 1,
    weights: Object.keys(files)[0],
    files: Object.fromEntries(await Promise.all(entries)),
  };
  return new TextEncoder().encode(JSON.stringify(index));
}

const parts = [new Uint8Array([0, 1, 2]), new Uint8Array([3, 4]), new Uint8Array([5, 6, 7, 8])];

async function opened(readAhead: boolean, fetched: string[] = []) {
  const index = await indexOf({ w: parts });
  return new ModelParts(index, {
    name: "m",
    readAhead,
    fetch: (name) => {
      fetched.push(name);
      return Promise.resolve(parts[Number(name.at(-1))]!.slice());
    },
  });
}

describe("ModelParts", () => {
  it("reads any range, across parts", async () => {
    for (const readAhead of [false, true]) {
      const source = (await opened(readAhead)).open("w");
      assert.equal(source.size, 9);
      for (let from = 0; from <= 9; from++) {
        for (let to = from; to <= 9; to++) {
          const expected = Uint8Array.from({ length: to - from }, (_, i) => from + i);
          assert.deepEqual(await source.read(from, to - from), expected);
        }
      }
      await assert.rejects(source.read(8, 2), { name: "TruncatedFileError" });
    }
  });

  it("fetches each part once if it is read in order", async () => {
    for (const readAhead of [false, true]) {
      const fetched: string[] = [];
      const source = (await opened(readAhead, fetched)).open("w");
      for (let at = 0; at < 9; at++) await source.read(at, 1);
      assert.deepEqual(fetched, ["w.0", "w.1", "w.2"]);
    }
  });

  it("refuses a part with other bytes, or fewer", async () => {
    const index = await indexOf({ w: parts });
    for (const bytes of [[0, 1, 3], [0, 1]]) {
      const damaged = new ModelParts(index, {
        name: "m",
        readAhead: false,
        fetch: () => Promise.resolve(new Uint8Array(bytes)),
      });
      await assert.rejects(damaged.open("w").read(0, 1), CheckpointError);
    }
  });

  it("refuses an index that is damaged, or names files elsewhere", () => {
    const part = { name: "w.0", bytes: 1, sha256: "0".repeat(64) };
    const good = { version: 1, weights: "w", files: { w: [part] } };
    const open = (index: unknown) =>
      new ModelParts(new TextEncoder().encode(JSON.stringify(index)), {
        name: "m",
        readAhead: false,
        fetch: () => Promise.reject(new Error("not fetched")),
      });
    open(good);
    for (
      const bad of [
        [],
        { ...good, version: 2 },
        { ...good, weights: "other" },
        { ...good, weights: "toString" },
        { ...good, files: { w: [{ ...part, name: "../w" }] } },
        { ...good, files: { w: [{ ...part, name: "https://elsewhere.example/w" }] } },
        { ...good, files: { w: [{ ...part, bytes: -1 }] } },
        { ...good, files: { w: [{ ...part, sha256: "abc" }] } },
      ]
    ) {
      assert.throws(() => open(bad), { name: "InvalidCheckpointError" }, JSON.stringify(bad));
    }
  });
});

describe("a model in parts on a web server", () => {
  async function withServer(
    body: (url: string, sha256: string, failing: { next: number }) => Promise<void>,
  ): Promise<void> {
    const out = await Deno.makeTempDir();
    const written = await writeParts(MODEL, out, { weights: "int8", partBytes: 1 << 20 });
    const failing = { next: 0 };
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        if (failing.next-- > 0) return new Response(null, { status: 503 });
        const file = await Deno.readFile(out + new URL(request.url).pathname).catch(() => null);
        return new Response(file, { status: file === null ? 404 : 200 });
      },
    );
    await body(`http://127.0.0.1:${server.addr.port}/`, written.sha256, failing);
    await server.shutdown();
    await Deno.remove(out, { recursive: true });
  }

  it("is the model that was cut", () =>
    withServer(async (url, sha256, failing) => {
      failing.next = 2; // a server that is restarted
      const remote = await readModel(`${url}model.parts.json#sha256=${sha256}`);
      const local = await readModel(MODEL);
      assert.equal(remote.config.name, local.config.name);
      assert.equal(remote.config.n_layer, local.config.n_layer);
      assert.deepEqual(remote.vocabulary, await Deno.readFile(local.vocabPath!));
      const checkpoint = await openWeights(remote.weightsPath);
      assert.equal(checkpoint.packed?.weights, "int8");
      checkpoint.close();
    }));

  it("is refused if the index is another one, or there is none", () =>
    withServer(async (url) => {
      const other = `${url}model.parts.json#sha256=${"0".repeat(64)}`;
      await assert.rejects(openRemoteParts(other), { name: "InvalidCheckpointError" });
      await assert.rejects(openRemoteParts(`${url}model.parts.json#v1`), /after # must come/);
      await assert.rejects(openRemoteParts(`${url}nothing.json`), /the server answers 404/);
      await assert.rejects(openRemoteParts("http://127.0.0.1:1/x"), { name: "CheckpointError" });
    }));
});
