import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { parseSource } from "../../src/cli/pull/source.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { badFileServer, type FileReply, type FileRequest, goodReply } from "./bad_file_server.ts";
import { runTern, type RunTernOptions, spawnTern } from "./run_tern.ts";

const FOLDER = new URL("../../models/tern-7m/", import.meta.url).pathname;
const WEIGHTS = await Deno.readFile(`${FOLDER}model.safetensors`);
const SHA256 = new Uint8Array(await crypto.subtle.digest("SHA-256", WEIGHTS)).toHex();

const HUBS = { huggingFace: "https://huggingface.co", modelScope: "https://modelscope.cn" };

/** Runs a test with an empty folder of models. */
async function withModels(
  use: (models: string, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const models = await Deno.makeTempDir();
  try {
    await use(models, { TERN_MODELS: models, NO_PROXY: "", HF_TOKEN: "" });
  } finally {
    await Deno.remove(models, { recursive: true });
  }
}

const json = (value: unknown): FileReply => {
  const body = JSON.stringify(value);
  return {
    status: "200 OK",
    headers: { "content-type": "application/json", "content-length": `${body.length}` },
    body,
  };
};

/** A hub with the repository a/folder, which holds a model's folder, and a/files, which holds several files. */
function hub(request: FileRequest): FileReply {
  const { path } = request;
  const folder = ["README.md", "config.json", "model.safetensors", "vocab.txt"];
  if (path.startsWith("/api/models/a/folder/revision/main")) {
    return json({
      siblings: [...folder, "extra/model.onnx"].map((rfilename) => ({
        rfilename,
        ...rfilename === "model.safetensors"
          ? { size: WEIGHTS.length, lfs: { sha256: SHA256, size: WEIGHTS.length } }
          : {},
      })),
    });
  }
  if (path.startsWith("/api/models/a/files/revision/main")) {
    return json({ siblings: [{ rfilename: "one.pth" }, { rfilename: "two.gguf" }] });
  }
  const [, file] = /^\/a\/(?:folder|files)\/resolve\/main\/(.+)$/.exec(path) ?? [];
  if (file === "one.safetensors" || file === "model.safetensors") {
    return goodReply(request, WEIGHTS);
  }
  if (file !== undefined && folder.includes(file)) {
    return goodReply(request, Deno.readFileSync(`${FOLDER}${file}`));
  }
  return { status: "404 Not Found" };
}

describe("tern pull", () => {
  it("downloads a file of a hub, shows the token to it, and gives the model a name", () =>
    withModels(async (models, env) => {
      await using server = badFileServer(hub);
      const options = { env: { ...env, HF_ENDPOINT: `${server.url}/`, HF_TOKEN: "hf_secret" } };
      const { code, stdout, stderr } = await runTern(
        ["pull", "hf.co/a/files:one.safetensors", "--name", "mine", "--json"],
        options,
      );
      assert.equal(code, 0, stderr);
      const path = `${models}/mine.safetensors`;
      assert.deepEqual(JSON.parse(stdout), {
        name: "mine",
        path,
        files: [{ path, sha256: SHA256 }],
      });
      assert.deepEqual(await Deno.readFile(path), WEIGHTS);
      assert.match(stderr, /14\.7 MB in \d+:\d\d, .*\/s/);
      assert.doesNotMatch(stdout + stderr, /hf_secret/);
      assert.equal(server.requests[0]!.headers.get("authorization"), "Bearer hf_secret");

      const again = await runTern(
        ["pull", "hf.co/a/files:one.safetensors", "--name", "mine"],
        options,
      );
      assert.equal(again.code, 0);
      assert.match(again.stderr, /is there already/);
      assert.equal(server.requests.length, 1);
    }));

  it("downloads a folder, which is a model when it is complete", () =>
    withModels(async (models, env) => {
      await using server = badFileServer(hub);
      const options = { env: { ...env, HF_ENDPOINT: server.url } };
      const { code, stderr } = await runTern(["pull", "hf.co/a/folder"], options);
      assert.equal(code, 0, stderr);
      const asked = server.requests.map(({ path }) => path.split("/").at(-1));
      assert.equal(asked.at(-1), "model.safetensors", "the weights come last");
      const found = await runTern(["inspect", "folder", "--json"], options);
      assert.equal(JSON.parse(found.stdout).weights_file, `${models}/folder/model.safetensors`);
    }));

  it("lists the files of a repository if several may be meant", () =>
    withModels(async (_, env) => {
      await using server = badFileServer(hub);
      const { code, stderr } = await runTern(["pull", "hf.co/a/files"], {
        env: { ...env, HF_ENDPOINT: server.url },
      });
      assert.equal(code, 1);
      assert.match(stderr, /choose one: hf\.co\/a\/files:one\.pth {2}hf\.co\/a\/files:two\.gguf/);
    }));

  it("leaves nothing half-written when it is interrupted, and goes on from there", () =>
    withModels(async (models, env) => {
      const slow = (request: FileRequest): FileReply => {
        const reply = goodReply(request, WEIGHTS);
        if (request.count > 0) return reply;
        return { ...reply, body: (reply.body as Uint8Array).subarray(0, 5_000_000), hangs: true };
      };
      await using server = badFileServer(slow);
      const args = ["pull", `${server.url}/model.safetensors`];
      assert.equal(await interrupted(args, { env }, `${models}/model.safetensors.part`), 130);
      const names = await Array.fromAsync(Deno.readDir(models), ({ name }) => name);
      assert.deepEqual(names.sort(), ["model.safetensors.part", "model.safetensors.part.json"]);

      const { code, stderr } = await runTern(args, { env });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /continued after \d/);
      assert.match(server.requests[1]!.headers.get("range")!, /^bytes=[1-9]\d*-$/);
      assert.deepEqual(await Deno.readFile(`${models}/model.safetensors`), WEIGHTS);
    }));

  it("refuses a published model of other bytes, and a file that is not a whole model", () =>
    withModels(async (models, env) => {
      await using server = badFileServer((request) => goodReply(request, WEIGHTS.subarray(0, 1e6)));
      const other = await runTern(["pull", "rwkv7-g1d-0.1b"], {
        env: { ...env, MODELSCOPE_ENDPOINT: server.url },
      });
      assert.equal(other.code, 1);
      assert.match(other.stderr, /it has 1000000 bytes, expected 382223725/);
      assert.match(server.requests[0]!.path, /^\/models\/Blink_DL\/rwkv7-g1\/resolve\/master\//);
      const half = await runTern(["pull", `${server.url}/half.safetensors`], { env });
      assert.equal(half.code, 1);
      assert.match(half.stderr, /not a whole model, and was deleted: .*cut short/);
      for await (const { name } of Deno.readDir(models)) assert.match(name, /\.part(\.json)?$/);
    }));

  it("goes through a proxy", () =>
    withModels(async (models, env) => {
      await using proxy = badFileServer((request) => goodReply(request, WEIGHTS));
      const url = "http://127.0.0.1:9999/model.safetensors";
      const { code, stderr } = await runTern(["pull", url], {
        env: { ...env, HTTP_PROXY: proxy.url },
      });
      assert.equal(code, 0, stderr);
      assert.equal(proxy.requests[0]!.path, url);
      assert.equal((await Deno.stat(`${models}/model.safetensors`)).size, WEIGHTS.length);
    }));

  it("ends with 2 and names like it if there is no such model", async () => {
    const { code, stderr } = await runTern(["pull", "rwkv7-g1d-0.1"]);
    assert.equal(code, 2);
    assert.match(stderr, /did you mean .*rwkv7-g1d-0\.1b/);
  });
});

describe("parseSource", () => {
  const url = (text: string, hubs = HUBS) => {
    const source = parseSource(text, hubs);
    return source.kind === "file" ? [source.url, source.name] : source;
  };

  it("knows names, repositories, their files and pages", () => {
    const file = "rwkv7-g1-0.1b-20250307-ctx4096.pth";
    const address = `https://huggingface.co/BlinkDL/rwkv7-g1/resolve/main/${file}`;
    assert.deepEqual(url("rwkv7-g1-0.1b"), [address, "rwkv7-g1-0.1b.pth"]);
    for (
      const text of [
        `hf.co/BlinkDL/rwkv7-g1:${file}`,
        `https://huggingface.co/BlinkDL/rwkv7-g1/blob/main/${file}`,
        `https://huggingface.co/BlinkDL/rwkv7-g1/resolve/main/${file}?download=true`,
      ]
    ) assert.deepEqual(url(text), [address, file], text);
    assert.deepEqual(url("https://huggingface.co/a/b"), url("hf.co/a/b"));
    assert.deepEqual(url("hf.co/a/b@v1"), {
      kind: "repository",
      repository: "a/b",
      revision: "v1",
    });
    assert.deepEqual(url("hf.co/a/b@v1:c d.pth"), [
      "https://huggingface.co/a/b/resolve/v1/c%20d.pth",
      "c d.pth",
    ]);
  });

  it("refuses what is none of these, and names that leave the folder", () => {
    for (
      const text of [
        "nothing",
        "hf.co/a",
        "ftp://x/y",
        "https://x.example/",
        "https://x.example/..%2Fa",
      ]
    ) {
      assert.throws(() => parseSource(text, HUBS), UsageError, text);
    }
  });
});

/** Interrupts a command when a file is there, as Ctrl-C would, and gives the exit code. */
async function interrupted(
  args: readonly string[],
  options: RunTernOptions,
  file: string,
): Promise<number> {
  const child = spawnTern(args, options);
  const output = child.output();
  while (((await Deno.stat(file).catch(() => undefined))?.size ?? 0) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGINT");
  return (await output).code;
}
