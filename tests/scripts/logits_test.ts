import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { maxDifference, readGoldens, TOLERANCE } from "../engine/goldens.ts";
import { refusal as refusalOf, runScript } from "./run_script.ts";

const FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;

const outputSchema = z.strictObject({ logits: z.array(z.number()) });

/** As the task grants them. */
const PERMISSIONS = ["--no-prompt", "--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];

const logits = (args: readonly string[], input: string) =>
  runScript("logits.ts", args, input, PERMISSIONS);

const refusal = (args: readonly string[], input: string) =>
  refusalOf("logits.ts", args, input, PERMISSIONS);

describe("deno task logits", () => {
  for (
    const [engine, mode] of [
      ...["step", "sequence", "chunk:3", "chunk:1000"].map((mode) => ["ort", mode] as const),
      ["simd", "chunk:3"],
    ] as const
  ) {
    it(`gives the expected logits of the embedded model with ${engine} in mode ${mode}`, async () => {
      const [golden] = await readGoldens(`${FOLDER}/goldens.json`);
      const { code, stdout, stderr } = await logits(
        ["--model", FOLDER, "--mode", mode, "--engine", engine],
        JSON.stringify(golden!.tokens),
      );
      assert.equal(code, 0, stderr);
      const difference = maxDifference(
        outputSchema.parse(JSON.parse(stdout)).logits,
        golden!.logits,
      );
      assert.ok(difference <= TOLERANCE, `off by ${difference}`);
    });
  }

  it("takes a file as well as a folder", async () => {
    const args = ["--mode", "sequence", "--model"];
    const fromFile = await logits([...args, `${FOLDER}/model.safetensors`], "[1, 2]");
    const fromFolder = await logits([...args, FOLDER], "[1, 2]");
    assert.equal(fromFile.code, 0, fromFile.stderr);
    assert.equal(fromFile.stdout, fromFolder.stdout);
  });

  it("refuses input that is not an array of tokens", async () => {
    const args = ["--model", FOLDER, "--mode", "step"];
    assert.match(await refusal(args, ""), /JSON array of token ids/);
    assert.match(await refusal(args, "[1, 2"), /JSON array of token ids/);
    assert.match(await refusal(args, '{"tokens": [1]}'), /it is not an array/);
    assert.match(await refusal(args, "[1, 2.5]"), /item 1/);
    assert.match(await refusal(args, "[1, -2]"), /item 1/);
  });

  it("refuses input that is too long to hold", async () => {
    const input = `[${"1,".repeat(5 << 20)}1]`;
    assert.match(await refusal(["--model", FOLDER, "--mode", "step"], input), /8388608/);
  });

  it("refuses tokens that the model does not have, and no tokens", async () => {
    const args = ["--model", FOLDER, "--mode", "step"];
    assert.match(await refusal(args, "[1, 4096]"), /Token 4096 is not in the vocabulary of 4096/);
    assert.match(await refusal(args, "[]"), /no tokens/);
  });

  it("refuses wrong flags, and says how it is used", async () => {
    for (
      const args of [
        [],
        ["--model", FOLDER],
        ["--mode", "step"],
        ["--model", FOLDER, "--mode", "chunk:0"],
        ["--model", FOLDER, "--mode", "fast"],
        ["--model", FOLDER, "--mode", "step", "--engine", "abacus"],
        ["--model", FOLDER, "--mode", "step", "--loud"],
        ["--model", FOLDER, "--mode", "step", "stray"],
      ]
    ) {
      assert.match(await refusal(args, "[1]"), /Usage: deno task logits/, args.join(" "));
    }
  });

  it("refuses models that it cannot read", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const weights = await Deno.readFile(`${FOLDER}/model.safetensors`);
      const cut = `${folder}/cut.safetensors`;
      await Deno.writeFile(cut, weights.subarray(0, 1 << 20));
      for (
        const model of [
          cut,
          folder,
          `${folder}/absent`,
          new URL("../../scripts/logits.ts", import.meta.url).pathname,
        ]
      ) {
        const message = await refusal(["--model", model, "--mode", "step"], "[1]");
        assert.ok(message.startsWith(model), message);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
