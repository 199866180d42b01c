import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { readTimeStates } from "../../src/checkpoint/read_time_states.ts";
import { PersonaFolder } from "../../src/models/persona_folder.ts";
import { PersonaFileError } from "../../src/models/persona_format.ts";
import { type Persona, readPersona } from "../../src/models/read_persona.ts";
import { writePersona } from "../../src/models/write_persona.ts";
import { inferModelConfig } from "../../src/rwkv/model_config.ts";
import { RWKV_VERSIONS, type StateLayout, stateLayout } from "../../src/state/layout.ts";
import { fingerprintWith } from "../../src/state/persona_fingerprint.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { UnknownPersonaError, UnusablePersonaError } from "../../src/turn/errors.ts";
import { hasShared, shared } from "../shared.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A state in which no two numbers are the same. */
function someState(layout: StateLayout, from = 1): RecurrentState {
  return new RecurrentState(
    layout,
    Float32Array.from({ length: layout.length }, (_, i) => i + from),
  );
}

const LAYOUT = stateLayout({ version: "7", n_layer: 2, n_embd: 64, head_size: 32 });

/** The layout of a model, and the state that is merged into it. */
async function merged(file: string): Promise<{ layout: StateLayout; state: RecurrentState }> {
  const checkpoint = await openWeights(shared(`conformance/formats/state/${file}.pth`));
  try {
    const layout = stateLayout(inferModelConfig(checkpoint.tensors));
    return { layout, state: (await readTimeStates(checkpoint, layout))! };
  } finally {
    checkpoint.close();
  }
}

describe("a persona", () => {
  for (const model of ["rwkv6-tuned", "rwkv7-tuned"]) {
    it(
      `is the state that is merged into ${model}, from each kind of file`,
      { ignore: !hasShared },
      async () => {
        const { layout, state } = await merged(model);
        const path = shared(`conformance/formats/state/${model}.state`);
        const alone = await readPersona(`${path}.pth`, { layout });
        assert.deepEqual(alone.state.data, state.data);
        assert.equal(alone.tokens, 0);
        // In F16 where the other is in BF16, and with its last axes swapped.
        const ai00 = await readPersona(`${path}.st`, { layout });
        for (const [i, number] of ai00.state.data.entries()) {
          assert(Math.abs(number - state.data[i]!) <= 0.01 * Math.abs(number) + 1e-4);
        }
      },
    );
  }

  for (const version of RWKV_VERSIONS) {
    it(`is written and read to the bit: RWKV-${version}`, () =>
      withFolder(async (folder) => {
        const layout = stateLayout({
          version,
          n_layer: 2,
          n_embd: 64,
          head_size: version === "4" ? 0 : 32,
        });
        const state = someState(layout);
        const path = `${folder}/p.safetensors`;
        await Deno.writeFile(path, writePersona({ state, tokens: 42 }, "model"));
        const model = { layout, modelFingerprint: "model" };
        const read = await readPersona(path, model);
        assert.deepEqual([read.state.data, read.tokens], [state.data, 42]);
        // What a model with another persona has written is of the same model.
        await readPersona(path, { layout, modelFingerprint: fingerprintWith("model", "x") });
        assert.equal((await readPersona(path, model)).fingerprint, read.fingerprint);
        await Deno.writeFile(path, writePersona({ state, tokens: 41 }, "model"));
        assert.notEqual((await readPersona(path, model)).fingerprint, read.fingerprint);
      }));
  }

  it("is refused with one line that says what is wrong and what to do", () =>
    withFolder(async (folder) => {
      const write = (state: RecurrentState, model = "model") =>
        writePersona({ state, tokens: 1 }, model);
      const size = (sizes: object) =>
        stateLayout({ version: "7", n_layer: 2, n_embd: 64, head_size: 32, ...sizes });
      const nan = someState(LAYOUT);
      nan.data[7] = NaN;
      const whole = write(someState(LAYOUT));
      const cases: [Uint8Array | string, RegExp][] = [
        [write(someState(size({ n_layer: 3 }))), /of 3 layers, and this one has 2: use it with/],
        [write(someState(size({ head_size: 64 }))), /\[1,64,64\] in layer 0.*\[2,32,32\]/],
        [write(someState(size({ n_embd: 128 }))), /\[4,32,32\] in layer 0/],
        [write(someState(LAYOUT), "other"), /saved from another model: save it again/],
        [write(nan), /NaN or infinity: tune or save it again/],
        [
          whole.subarray(0, whole.length - 9),
          /cut short or damaged, download it again; a persona is a/,
        ],
        ["<!doctype html><html></html>", /a web page.*; a persona is a/],
        ["", /a persona is a/],
        [
          await Deno.readFile(new URL("../../models/tern-7m/model.safetensors", import.meta.url)),
          /a whole model: serve it by itself/,
        ],
      ];
      const path = `${folder}/p.safetensors`;
      for (const [bytes, expected] of cases) {
        await Deno.writeFile(
          path,
          typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
        );
        await assert.rejects(
          readPersona(path, { layout: LAYOUT, modelFingerprint: "model" }),
          (error) => {
            assert(error instanceof PersonaFileError, `${error}`);
            assert.match(error.message, expected);
            assert(!error.message.includes("\n"));
            return true;
          },
        );
      }
    }));
});

describe("PersonaFolder", () => {
  const model = { layout: LAYOUT, modelFingerprint: "model" };

  it("finds what fits, sees what comes, changes and goes, and says so", () =>
    withFolder(async (folder) => {
      const changed: string[] = [];
      const folders = [`${folder}/own`, `${folder}/all`];
      const personas = new PersonaFolder("m", folders, (name) => changed.push(name));
      assert.deepEqual(await personas.names(model), []);
      for (const path of folders) await Deno.mkdir(path);
      const put = (path: string, persona: Pick<Persona, "state" | "tokens">, name = "model") =>
        Deno.writeFile(`${folder}/${path}`, writePersona(persona, name));
      const state = someState(LAYOUT);
      await put("all/a.safetensors", { state, tokens: 1 });
      await put("own/a.safetensors", { state, tokens: 2 });
      const other = stateLayout({ version: "7", n_layer: 3, n_embd: 64, head_size: 32 });
      await put("all/other.safetensors", { state: someState(other), tokens: 0 });
      await Deno.writeTextFile(`${folder}/all/notes.txt`, "");
      await Deno.writeTextFile(`${folder}/all/.hidden.pth`, "");
      assert.deepEqual(await personas.names(model), ["a"]);
      const first = await personas.find("a", model);
      assert.equal(first.tokens, 2, "the model's own folder comes first");
      assert.equal(await personas.find("a", model), first, "it is read once");
      await assert.rejects(personas.find("other", model), UnusablePersonaError);
      await assert.rejects(personas.find("../a", model), UnknownPersonaError);

      await put("own/a.safetensors", { state: someState(LAYOUT, 2), tokens: 33 });
      const second = await personas.find("a", model);
      assert.notEqual(second.fingerprint, first.fingerprint);
      assert.deepEqual(changed, ["a"]);
      await Deno.remove(`${folder}/own/a.safetensors`);
      assert.equal((await personas.find("a", model)).tokens, 1);
      await Deno.remove(`${folder}/all/a.safetensors`);
      await assert.rejects(personas.find("a", model), /no persona "a"/);
    }));
});
