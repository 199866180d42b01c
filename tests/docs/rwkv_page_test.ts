import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { DEV_CONFIG } from "../../scripts/dev_config.ts";

const ROOT = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/rwkv.md", ROOT));

/** The cells of the tables that have equations on the left and code on the right, without the heads. */
function quotedCode(): string[] {
  return page.split("\n").flatMap((line) => {
    const [, , code] = /^\| (.+?) \| +(`.+`) +\|$/.exec(line) ?? [];
    return code === undefined ? [] : [code.replace(/^(`+)(.*)\1$/, "$2")];
  });
}

async function sources(): Promise<string> {
  const files = ["model.ts", "rwkv4.ts", "rwkv7.ts", "channel_mix.ts"];
  const texts = files.map((file) => Deno.readTextFile(new URL(`src/rwkv/${file}`, ROOT)));
  return (await Promise.all(texts)).join("\n");
}

describe("docs/rwkv.md", () => {
  it("quotes code that is in the source", async () => {
    const code = quotedCode();
    const source = await sources();
    assert.ok(code.length >= 30, `${code.length} lines of code were found`);
    for (const line of code) assert.ok(source.includes(line), `not in src/rwkv/: ${line}`);
  });

  it("names each equation of the definitions", async () => {
    const source = await Deno.readTextFile(new URL("src/rwkv/rwkv7.ts", ROOT));
    const part = page.slice(page.indexOf("## RWKV-7"), page.indexOf("## Look into a model"));
    const numbers = source.matchAll(/\/\/.*?\((\d+)\)(?:, \((\d+)\))?/g);
    const used = [...numbers].flatMap(([, ...found]) => found.filter((n) => n !== undefined));
    assert.ok(used.length >= 18);
    for (const number of used) assert.ok(part.includes(`(${number})`), `equation (${number})`);
  });

  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  for (const [i, code] of blocks.entries()) {
    it(`has examples that run, number ${i + 1}`, async () => {
      const file = await Deno.makeTempFile({ suffix: ".ts" });
      try {
        await Deno.writeTextFile(file, code.replaceAll('from "../', `from "${ROOT.href}`));
        const { success, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "--check", "--no-lock", "--config", DEV_CONFIG, file],
        }).output();
        assert.ok(success, new TextDecoder().decode(stderr));
      } finally {
        await Deno.remove(file);
      }
    });
  }

  it("has examples", () => assert.equal(blocks.length, 2));
});
