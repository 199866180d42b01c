import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { readDocuments } from "../../scripts/eval/documents.ts";
import { scoreDocuments } from "../../scripts/eval/score.ts";
import { loadFolderEngine } from "../../scripts/load_engine.ts";
import { checkCases } from "../engine/engine_suite.ts";
import { readGoldens } from "../engine/goldens.ts";
import { findPython, runPython } from "./trainer.ts";

const python = await findPython();

if (python === undefined) {
  console.warn(
    "SKIPPED: there is no python3 with torch, numpy and sentencepiece, or no C compiler, so the trainer is not tested",
  );
}

const evaluationSchema = z.object({ tokens: z.int(), nats: z.number(), bits_per_byte: z.number() });
const lossSchema = z.object({ loss: z.number() });

describe("the trainer", { ignore: python === undefined }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await Deno.makeTempDir();
    const size = ["--scale", "0.01", "--vocabulary", "512", "--context", "256"];
    await runPython(python!, ["prepare.py", "--out", folder, ...size]);
  });

  afterAll(async () => {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  });

  it("passes its own tests: gradients of the kernels, packing, resuming", async () => {
    await runPython(python!, ["-m", "unittest"]);
  });

  it("ends when its minutes are over, and says how far it is", async () => {
    const run = [
      ...["train.py", "--corpus", folder, "--out", `${folder}/timed`, "--minutes", "0.1"],
      ...[
        "--layers",
        "1",
        "--width",
        "64",
        "--batch",
        "512",
        "--processes",
        "2",
        "--device",
        "cpu",
      ],
    ];
    const printed = await runPython(python!, run);
    const last = printed.trim().split("\n").at(-1)!;
    assert.match(
      last,
      /^100 % {2}step \d+, [\d.]+ M tokens, loss [\d.]+, [\d,]+ tokens\/s, 0:00 left$/,
    );
    // Another start has nothing left to do.
    assert.match(await runPython(python!, run), /goes on after [\d.]+ M tokens\n$/);
  });

  for (const version of ["7", "4"]) {
    it(`trains RWKV-${version} into a folder that gives the same logits and the same loss here`, async () => {
      const run = `${folder}/run${version}`;
      const out = `${folder}/model${version}`;
      const vocabulary = ["--vocabulary", `${folder}/vocab.txt`];
      const shape = ["--version", version, "--layers", "2", "--width", "64"];
      const length = ["--tokens", "160e3", "--batch", "2048", "--warmup", "10"];
      const cpu = ["--processes", "2", "--device", "cpu"];
      await runPython(python!, [
        ...["train.py", "--corpus", folder, "--out", run],
        ...[...shape, ...length, ...cpu],
      ]);
      const log = (await Deno.readTextFile(`${run}/log.jsonl`)).trim().split("\n");
      const losses = log.map((line) => lossSchema.parse(JSON.parse(line)).loss);
      assert.ok(losses.at(-1)! < losses[0]! - 0.5, `the loss went from ${losses.join(" to ")}`);

      const name = ["--name", `tiny-${version}`];
      await runPython(python!, [
        "export.py",
        ...["--run", run, "--out", out],
        ...[...vocabulary, ...name],
      ]);
      const model = await readModelFolder(out);
      await checkCases(await loadFolderEngine(model), await readGoldens(`${out}/goldens.json`));

      const text = await largestFile(`${folder}/valid`);
      const printed = await runPython(python!, ["evaluate.py", "--json", "--model", out, text]);
      const expected = evaluationSchema.parse(JSON.parse(printed));
      const tokenizer = await loadTokenizer(
        model.config.tokenizer,
        await Deno.readFile(model.vocabPath!),
      );
      const documents = (await readDocuments(text, Infinity)).map(({ text }) =>
        tokenizer.encode(text)
      );
      assert.equal(
        documents.reduce((sum, { length }) => sum + length + 1, 0),
        expected.tokens,
      );
      const engine = await loadFolderEngine(model);
      const nats = await scoreDocuments(engine, documents, { endOfText: 0, batch: 8 });
      await engine.close();
      const ratio = nats.reduce((sum, part) => sum + part, 0) / expected.nats;
      assert.ok(Math.abs(ratio - 1) < 0.005, `the losses differ by a factor of ${ratio}`);
    });
  }
});

/** The source with the most held-out text: so small a corpus has none of some. */
async function largestFile(folder: string): Promise<string> {
  const sizes = await Array.fromAsync(Deno.readDir(folder), async ({ name }) => {
    const path = `${folder}/${name}`;
    return { path, size: (await Deno.stat(path)).size };
  });
  return sizes.reduce((a, b) => a.size >= b.size ? a : b).path;
}
