import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";

const ROOT = new URL("../../", import.meta.url).pathname;
const MODEL = `${ROOT}models/tern-7m`;

/** A model folder, and a data folder, to spoil. */
interface Place {
  readonly model: string;
  readonly data: string;
}

/** What goes wrong, how to make it, and what the message names. */
const FAULTS: readonly {
  readonly what: string;
  readonly spoil: (place: Place) => Promise<void>;
  readonly says: RegExp;
}[] = [
  {
    what: "there is no model folder",
    spoil: ({ model }) => Deno.remove(model, { recursive: true }),
    says: /no such file or folder/,
  },
  {
    what: "the config is of no model that is known",
    spoil: ({ model }) => replace(`${model}/config.json`, '{"architecture": "llama"}'),
    says: /config\.json[^]*architecture/,
  },
  {
    what: "there are no weights",
    spoil: ({ model }) => Deno.remove(`${model}/model.safetensors`),
    says: /model\.safetensors/,
  },
  {
    what: "the weights are cut off",
    spoil: async ({ model }) => {
      const whole = await Deno.readFile(`${MODEL}/model.safetensors`);
      await replace(`${model}/model.safetensors`, whole.subarray(0, whole.length / 2));
    },
    says: /model\.safetensors/,
  },
  {
    what: "the vocabulary is none",
    spoil: ({ model }) => replace(`${model}/vocab.txt`, "no vocabulary\n"),
    says: /line 1/,
  },
  {
    what: "the config is of another model than the weights",
    spoil: async ({ model }) => {
      const config = JSON.parse(await Deno.readTextFile(`${MODEL}/config.json`));
      await replace(`${model}/config.json`, JSON.stringify({ ...config, n_layer: 7 }));
    },
    says: /n_layer/,
  },
  {
    what: "the store's file is none",
    spoil: ({ data }) => Deno.writeTextFile(`${data}/conversations.sqlite3`, "x".repeat(10_000)),
    says: /conversations\.sqlite3/,
  },
];

/** Puts something else in the place of a file, which is a link to the real one. */
async function replace(path: string, contents: string | Uint8Array): Promise<void> {
  await Deno.remove(path);
  if (typeof contents === "string") await Deno.writeTextFile(path, contents);
  else await Deno.writeFile(path, contents);
}

async function start({ model, data }: Place, env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", `${ROOT}deno.json`, `${ROOT}src/main.ts`],
    env: {
      ...{ HOST: "127.0.0.1", PORT: "0", TERN_LOG: "info", TERN_STORE: "deno-kv" },
      ...{ TERN_MODEL: model, TERN_DATA: data, ...env },
    },
    signal: AbortSignal.timeout(60_000), // one that listens would never end
  }).output();
  const decoder = new TextDecoder();
  return { code, log: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

describe("a server that cannot start", () => {
  let place: Place;

  beforeEach(async () => {
    place = { model: await Deno.makeTempDir(), data: await Deno.makeTempDir() };
    for (const file of ["config.json", "model.safetensors", "vocab.txt"]) {
      await Deno.symlink(`${MODEL}/${file}`, `${place.model}/${file}`);
    }
  });

  afterEach(async () => {
    for (const folder of [place.model, place.data]) {
      await Deno.remove(folder, { recursive: true }).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
  });

  const assertRefused = (
    { code, log, errors }: Awaited<ReturnType<typeof start>>,
    says: RegExp,
  ) => {
    const lines = errors.split("\n").filter((line) => line.startsWith("Tern cannot start. "));
    assert.equal(lines.length, 1, errors);
    assert.match(errors.slice(errors.indexOf(lines[0]!)), says);
    assert.doesNotMatch(errors, /Uncaught|\n\s+at /);
    assert.doesNotMatch(log, /"listening"/);
    assert.equal(code, 1);
  };

  for (const { what, spoil, says } of FAULTS) {
    it(`says so, and ends with 1, when ${what}`, async () => {
      await spoil(place);
      assertRefused(await start(place), says);
    });
  }

  it("says so, and ends with 1, when a setting is wrong", async () => {
    assertRefused(await start(place, { TERN_THREADS: "none" }), /TERN_THREADS/);
  });

  it("says so, and ends with 1, when an alias is of another model", async () => {
    const refused = await start(place, { TERN_MODEL_ALIASES: "gpt-4o-mini=tern-8m" });
    assertRefused(refused, /gpt-4o-mini.*tern-8m.*tern-7m/);
  });

  it("says so, and ends with 1, when a variable that should protect it is misspelt", async () => {
    assertRefused(await start(place, { TERN_API_KEY: "sk-1" }), /Did you mean TERN_API_KEYS\?/);
  });

  it("warns of other unknown variables, and of an address that others reach", async () => {
    // Ends before it listens.
    await Deno.remove(place.model, { recursive: true });
    const { log, errors } = await start(place, { HOST: "0.0.0.0", TERN_THREAD: "1" });
    assert.match(log, /"level":"warn"[^\n]*Did you mean TERN_THREADS\?/);
    assert.match(log, /"level":"warn"[^\n]*"no keys"/);
    assert.match(errors, /!! {2}THIS SERVER IS OPEN TO EVERYONE WHO REACHES 0\.0\.0\.0/);
  });

  it("says so, and ends with 1, when somebody else has the port", async () => {
    using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    assertRefused(await start(place, { PORT: `${other.addr.port}` }), /in use/);
  });
});
