import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { download, type DownloadOptions } from "../../src/cli/pull/download.ts";
import { PullError } from "../../src/cli/pull/pull_error.ts";
import { Fuzz } from "../fuzz.ts";
import { badFileServer, type FileReply, type FileRequest, goodReply } from "./bad_file_server.ts";

const FILE = crypto.getRandomValues(new Uint8Array(65_536));
const OTHER = crypto.getRandomValues(new Uint8Array(65_536));

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

const SHA256 = await digest(FILE);

/** What happened to a download. */
interface Outcome {
  readonly file: Uint8Array | undefined;
  readonly part: Uint8Array | undefined;
  readonly error: unknown;
  readonly requests: readonly FileRequest[];
  readonly waits: readonly number[];
  readonly whys: readonly string[];
}

/** Downloads into a folder, once for each list of options, from a server that answers like this. */
async function attempt(
  answer: (request: FileRequest) => FileReply,
  ...runs: readonly Partial<DownloadOptions>[]
): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  const waits: number[] = [];
  const whys: string[] = [];
  await using server = badFileServer(answer);
  try {
    let error: unknown;
    for (const run of runs.length > 0 ? runs : [{}]) {
      error = undefined;
      await download({
        url: `${server.url}/model.bin`,
        to: `${folder}/model.bin`,
        signal: new AbortController().signal,
        events: {
          started() {},
          received() {},
          retrying: (why) => whys.push(why),
          checking() {},
        },
        sleep: (ms) => Promise.resolve(void waits.push(ms)),
        ...run,
      }).catch((thrown) => error = thrown);
    }
    const read = (name: string) => Deno.readFile(`${folder}/${name}`).catch(() => undefined);
    const [file, part] = [await read("model.bin"), await read("model.bin.part")];
    if (file !== undefined) {
      const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(names, ["model.bin"], "nothing else is left");
    }
    return { file, part, error, requests: server.requests, waits, whys };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const cut = (reply: FileReply, bytes: number): FileReply => {
  return { ...reply, body: (reply.body as Uint8Array).subarray(0, bytes) };
};

describe("download", () => {
  it("gets a file", async () => {
    const { file, requests } = await attempt((request) => goodReply(request, FILE));
    assert.deepEqual(file, FILE);
    assert.equal(requests.length, 1);
    assert.equal(requests[0]!.headers.get("accept-encoding"), "identity");
  });

  it("continues where a connection broke, as often as it breaks", async () => {
    const fuzz = new Fuzz("download");
    const { file, error, requests } = await attempt((request) =>
      cut(goodReply(request, FILE), 1 + fuzz.below(9_000))
    );
    assert.equal(error, undefined);
    assert.deepEqual(file, FILE);
    assert.ok(requests.length > 5);
    assert.match(requests[1]!.headers.get("range")!, /^bytes=[1-9]\d*-$/);
    assert.equal(requests[1]!.headers.get("if-range"), '"1"');
  });

  it("continues after it was interrupted, and keeps nothing under the file's name until then", async () => {
    const hang = (request: FileRequest): FileReply =>
      request.count > 0
        ? goodReply(request, FILE)
        : { ...cut(goodReply(request, FILE), 20_000), hangs: true };
    const interrupted = await attempt(hang, interruptedAtOnce());
    assert.match(`${interrupted.error}`, /Ctrl-C/);
    assert.equal(interrupted.file, undefined);
    assert.ok(interrupted.part!.length > 0);

    const both = await attempt(hang, { signal: new AbortController().signal, stallMs: 500 });
    assert.deepEqual(both.file, FILE);
    assert.match(both.whys[0]!, /sent nothing for 0\.5 s/);
    assert.match(both.requests[1]!.headers.get("range")!, /^bytes=20000-$/);
  });

  it("starts again if the server ignores ranges", async () => {
    const { file, requests } = await attempt((request) => {
      const whole = goodReply({ ...request, headers: new Headers() }, FILE);
      return request.count === 0 ? cut(whole, 30_000) : whole;
    });
    assert.deepEqual(file, FILE);
    assert.equal(requests.length, 2);
  });

  it("starts again if the file changed, by its ETag", async () => {
    const { file } = await attempt((request) =>
      request.count === 0 ? cut(goodReply(request, FILE), 30_000) : goodReply(request, OTHER, '"2"')
    );
    assert.deepEqual(file, OTHER);
  });

  it("starts again if the server continues another file and only the ETag tells", async () => {
    const { file, requests } = await attempt((request) => {
      if (request.count === 0) return cut(goodReply(request, FILE), 30_000);
      const ignoring = new Headers(request.headers);
      ignoring.delete("if-range");
      return goodReply({ ...request, headers: ignoring }, OTHER, '"2"');
    });
    assert.deepEqual(file, OTHER);
    assert.equal(requests.length, 3);
  });

  it("starts again if only the SHA-256 tells that the file changed", async () => {
    const silent = (request: FileRequest, file: Uint8Array) => {
      const { headers: { etag: _, ...headers } = {}, ...reply } = goodReply(request, file);
      return { ...reply, headers };
    };
    const sha256 = await digest(OTHER);
    const { file, requests } = await attempt(
      (request) => request.count === 0 ? silent(request, FILE) : silent(request, OTHER),
      { expected: { sha256 }, ...interruptedAtOnce() },
      { expected: { sha256 } },
    );
    assert.deepEqual(file, OTHER);
    assert.equal(requests.length, 3);
  });

  it("starts again if another file's part is longer than the file", async () => {
    const { file } = await attempt(
      (request) =>
        request.count === 0
          ? cut(goodReply(request, FILE, 'W/"1"'), 30_000)
          : goodReply(request, FILE.subarray(0, 10_000), 'W/"2"'),
    );
    assert.deepEqual(file, FILE.subarray(0, 10_000));
  });

  it("refuses and deletes a file of another SHA-256 or size", async () => {
    const wrong = await attempt((request) => goodReply(request, OTHER), {
      expected: { bytes: OTHER.length, sha256: SHA256 },
    });
    assert.ok(wrong.error instanceof PullError);
    assert.match(wrong.error.message, new RegExp(`expected ${SHA256}: deleted`));
    assert.equal(wrong.part ?? wrong.file, undefined);
    const size = await attempt((request) => goodReply(request, FILE), { expected: { bytes: 9 } });
    assert.match(`${size.error}`, /it has 65536 bytes, expected 9/);
    assert.equal(size.file, undefined);
  });

  it("believes no length: the file may be longer or shorter than announced", async () => {
    const short = await attempt((request) => ({
      ...goodReply(request, FILE),
      headers: { "content-length": "40000", etag: '"1"' },
    }), { expected: { bytes: FILE.length, sha256: SHA256 } });
    assert.match(`${short.error}`, /it has 40000 bytes, expected 65536/);
    const long = await attempt((request) => ({
      ...goodReply(request, FILE),
      headers: { "content-length": "99999", etag: '"1"' },
    }), { attempts: 3 });
    assert.ok(long.error instanceof PullError);
    assert.equal(long.file, undefined);
    const none = await attempt((request) => ({ ...goodReply(request, FILE), headers: {} }), {
      expected: { sha256: SHA256, bytes: FILE.length },
    });
    assert.deepEqual(none.file, FILE);
  });

  it("waits as long as a busy server asks", async () => {
    const { file, waits, whys } = await attempt((request) =>
      request.count === 0
        ? { status: "429 Too Many Requests", headers: { "retry-after": "7" } }
        : request.count === 1
        ? { status: "503 Service Unavailable" }
        : goodReply(request, FILE)
    );
    assert.deepEqual(file, FILE);
    assert.equal(waits[0], 7_000);
    assert.ok(waits[1]! > 0 && waits[1]! <= 30_000);
    assert.deepEqual(whys, ["the server answered 429", "the server answered 503"]);
  });

  it("gives up if a server asks for hours, or stays busy", async () => {
    const hours = await attempt(() => ({
      status: "503 Service Unavailable",
      headers: { "retry-after": "7200" },
    }));
    assert.match(`${hours.error}`, /asks to wait 7200 s/);
    const busy = await attempt(() => ({ status: "500 Oops" }), { attempts: 4 });
    assert.equal(busy.requests.length, 4);
    assert.match(`${busy.error}`, /answered 500, 4 times in a row/);
  });

  it("refuses a page instead of a file, whatever the server calls it", async () => {
    const page = "<!doctype html><title>Log in</title>";
    const honest = await attempt(() => ({
      status: "200 OK",
      headers: { "content-type": "text/html; charset=utf-8", "content-length": `${page.length}` },
      body: page,
    }));
    assert.match(`${honest.error}`, /a web page, not a file/);
    const lying = await attempt(() => ({
      status: "200 OK",
      headers: { "content-type": "application/octet-stream", "content-length": `${page.length}` },
      body: page,
    }));
    assert.match(`${lying.error}`, /it is a web page, not weights/);
    for (const { file, part } of [honest, lying]) assert.equal(file ?? part?.length ?? 0, 0);
  });

  it("says what to do if access is refused, or there is no such file", async () => {
    for (
      const [status, says] of [["401 No", /HF_TOKEN/], ["403 No", /HF_TOKEN/], [
        "404 No",
        /no such/,
      ]] as const
    ) {
      const { error, requests } = await attempt(() => ({ status }));
      assert.match(`${error}`, says);
      assert.equal(requests.length, 1);
    }
  });

  it("refuses what does not fit on the disk before it writes anything", async () => {
    const { error, part } = await attempt((request) => goodReply(request, FILE), {
      freeBytes: () => Promise.resolve(1_000),
    });
    assert.match(`${error}`, /65\.5 kB are to be downloaded, but the disk has 1\.00 kB free/);
    assert.equal(part?.length ?? 0, 0);
  });

  it("gives up at once if the disk is full, and continues when there is room", async () => {
    const { write } = Deno.FsFile.prototype;
    let room = 10_000;
    Deno.FsFile.prototype.write = function (bytes) {
      const fits = bytes.subarray(0, room);
      room -= fits.length;
      if (fits.length > 0) return write.call(this, fits);
      return Promise.reject(new Error("No space left on device (os error 28)"));
    };
    const folder = await Deno.makeTempDir();
    const options = { to: `${folder}/model.bin` };
    await using server = badFileServer((request) => goodReply(request, FILE));
    try {
      const full = await attempt(() => ({ status: "500 Unused" }), {
        ...options,
        url: `${server.url}/model.bin`,
      });
      assert.match(`${full.error}`, /cannot be written \(No space left.*: make room, or set TERN/);
      assert.deepEqual([server.requests.length, full.waits], [1, []]);
      room = Infinity;
      const { error } = await attempt(() => ({ status: "500 Unused" }), {
        ...options,
        url: `${server.url}/model.bin`,
      });
      assert.equal(error, undefined);
      assert.equal(server.requests[1]!.headers.get("range"), "bytes=10000-");
      assert.deepEqual(await Deno.readFile(options.to), FILE);
    } finally {
      Deno.FsFile.prototype.write = write;
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("tries again if the server says nothing at all", async () => {
    const { file, whys, error } = await attempt(
      (request) => request.count === 0 ? { status: "", isSilent: true } : goodReply(request, FILE),
      { stallMs: 500 },
    );
    assert.equal(error, undefined);
    assert.deepEqual(file, FILE);
    assert.equal(whys[0], "the server sent nothing for 0.5 s");
  });

  it("refuses bytes that are compressed unasked, and keeps what there is", async () => {
    const compressed: FileReply = {
      status: "200 OK",
      headers: { "content-encoding": "gzip", "content-length": "20" },
      body: new Uint8Array(20),
    };
    const { error, requests, part } = await attempt(
      (request) => request.count === 0 ? cut(goodReply(request, FILE), 10_000) : compressed,
    );
    assert.match(`${error}`, /PullError: .*the server compresses it \(gzip\).*another program/);
    assert.equal(requests.length, 2);
    assert.deepEqual(part, FILE.subarray(0, 10_000));
  });

  it("leaves alone a file that another process completed just before", async () => {
    const folder = await Deno.makeTempDir();
    const to = `${folder}/model.bin`;
    const { tryLock } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLock = async function (exclusive) {
      Deno.FsFile.prototype.tryLock = tryLock;
      await Deno.writeFile(`${to}.part`, OTHER);
      await Deno.rename(`${to}.part`, `${folder}/completed`);
      return await tryLock.call(this, exclusive);
    };
    try {
      const { error } = await attempt((request) => goodReply(request, FILE), { to });
      assert.equal(error, undefined);
      assert.deepEqual(await Deno.readFile(`${folder}/completed`), OTHER);
      assert.deepEqual(await Deno.readFile(to), FILE);
    } finally {
      Deno.FsFile.prototype.tryLock = tryLock;
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("keeps out another download of the same file", async () => {
    const folder = await Deno.makeTempDir();
    try {
      using other = await Deno.open(`${folder}/model.bin.part`, { write: true, create: true });
      await other.lock(true);
      const { error } = await attempt((request) => goodReply(request, FILE), {
        to: `${folder}/model.bin`,
      });
      assert.match(`${error}`, /another process is downloading it/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

describe("download, redirected", () => {
  it("follows, and shows the token to the first host alone", async () => {
    await using storage = badFileServer((request) => goodReply(request, FILE));
    const { file, requests } = await attempt(
      () => ({
        status: "302 Found",
        headers: { location: `${storage.url}/blob`, "x-linked-etag": `"${SHA256}"` },
      }),
      { authorization: ({ pathname }) => pathname === "/model.bin" ? "Bearer secret" : undefined },
    );
    assert.deepEqual(file, FILE);
    assert.equal(requests[0]!.headers.get("authorization"), "Bearer secret");
    assert.equal(storage.requests[0]!.headers.get("authorization"), null);
  });

  it("checks the SHA-256 that the hub told", async () => {
    await using storage = badFileServer((request) => goodReply(request, OTHER));
    const { error } = await attempt(() => ({
      status: "302 Found",
      headers: { location: `${storage.url}/blob`, "x-linked-etag": `"${SHA256}"` },
    }));
    assert.match(`${error}`, /its SHA-256 is/);
  });

  it("refuses loops, other schemes and hosts without encryption", async () => {
    const loop = await attempt(() => ({
      status: "302 Found",
      headers: { location: "/model.bin" },
    }));
    assert.match(`${loop.error}`, /more than 10 redirects/);
    for (const location of ["file:///etc/passwd", "http://example.org/x", "data:,x"]) {
      const { error } = await attempt(() => ({ status: "302 Found", headers: { location } }));
      assert.match(`${error}`, /not https/, location);
    }
    const broken = await attempt(() => ({
      status: "302 Found",
      headers: { location: "https://[" },
    }));
    assert.match(`${broken.error}`, /PullError: .*not a URL/);
  });
});

/** Options by which a download is interrupted when the first bytes have come. */
function interruptedAtOnce(): Pick<DownloadOptions, "signal" | "events"> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    events: {
      started() {},
      received: () => controller.abort(new Error("Ctrl-C")),
      retrying() {},
      checking() {},
    },
  };
}
