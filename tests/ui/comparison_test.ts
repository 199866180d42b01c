import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser } from "playwright-core";
import { wkvStep as plain4 } from "../../scripts/plain/rwkv4.ts";
import { wkvStep as plain7 } from "../../scripts/plain/rwkv7.ts";
import { ARCHITECTURES } from "../../src/ui/browser/comparison/architecture.ts";
import { blocksOf, compare } from "../../src/ui/browser/comparison/compare.ts";
import { recur as recur4 } from "../../src/ui/browser/comparison/rwkv4.ts";
import { recur as recur7 } from "../../src/ui/browser/comparison/rwkv7.ts";
import { Fuzz } from "../fuzz.ts";
import { CHROMIUM, startBrowser, until, User } from "./browser.ts";
import { PageServer } from "./page_server.ts";

const SIZES = { layers: 2, width: 32, head: 16 } as const;

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert.ok(difference < 1e-4 * (1 + Math.abs(expected[i]!)), `${what}: ${i}: ${difference}`);
  }
}

describe("The blocks of the comparison", () => {
  /** The output for the last of some tokens, each of which is a number that stands for an embedding. */
  const outputOf = (blocks: ReturnType<typeof blocksOf>, tokens: readonly number[]) => {
    let x = new Float32Array();
    for (const token of tokens) {
      x = Float32Array.from({ length: SIZES.width }, (_, i) => Math.sin(token * 0.7 + i * 1.3));
      blocks.step(x);
    }
    return x;
  };

  for (const architecture of ARCHITECTURES) {
    it(`of ${architecture} depend on earlier tokens, and have about the same size`, () => {
      const blocks = blocksOf(architecture, { ...SIZES, width: 256, head: 64 });
      const { parameters } = blocksOf("Transformer", { ...SIZES, width: 256, head: 64 });
      const ratio = blocks.parameters / parameters;
      assert.ok(ratio > 0.99 && ratio < 1.15, `${ratio}`);
      const small = blocksOf(architecture, SIZES);
      const outputs = [[1, 2, 9], [1, 3, 9]].map((tokens) => [...outputOf(small, tokens)]);
      assert.notDeepEqual(outputs[0], outputs[1]);
      assert.ok(outputs.flat().every(Number.isFinite));
    });
  }

  it("keep all tokens in a Transformer, and one state in RWKV", () => {
    for (const architecture of ARCHITECTURES) {
      const blocks = blocksOf(architecture, SIZES);
      const before = blocks.held();
      outputOf(blocks, [1, 2, 3]);
      const after = blocks.held();
      // A key and a value of 4 bytes for each channel, layer and token.
      if (architecture === "Transformer") {
        assert.deepEqual([before, after], [0, 3 * 2 * 32 * 2 * 4]);
      } else assert.equal(before, after);
    }
  });

  it("attend to all earlier tokens alike, across a growth of the cache", () => {
    const sizes = { ...SIZES, layers: 1 };
    // Without positions, a layer sees a set of tokens: their order does not matter, and neither do equal repetitions.
    const tokens = Array.from({ length: 600 }, (_, i) => i % 11);
    const blocks = () => blocksOf("Transformer", sizes);
    const random = Math.random;
    try {
      const seeded = () => {
        let state = 1;
        Math.random = () => (state = state * 16807 % 2147483647) / 2147483647;
        return blocks();
      };
      const forward = outputOf(seeded(), [...tokens, 5]);
      near(outputOf(seeded(), [...tokens.toReversed(), 5]), forward, "reversed");
      const other = outputOf(seeded(), [...tokens.with(0, 40), 5]);
      assert.notDeepEqual([...other], [...forward]);
      const one = outputOf(seeded(), [7]);
      near(outputOf(seeded(), Array(300).fill(7)), one, "repeated");
    } finally {
      Math.random = random;
    }
  });

  it("have the recurrences of the papers", () => {
    const random = new Fuzz("comparison");
    const N = 8;
    const vector = (low: number, high: number) =>
      Array.from({ length: N }, () => low + (high - low) * random.next());
    const S = new Float32Array(N * N);
    let plain = Array.from({ length: N }, () => Array<number>(N).fill(0));
    const state = { aa: Array<number>(N).fill(0), bb: Array<number>(N).fill(0) };
    let four = { ...state, pp: Array<number>(N).fill(-1e30) };
    const mine = {
      aa: new Float32Array(N),
      bb: new Float32Array(N),
      pp: new Float32Array(N).fill(-1e30),
    };
    const [w4, u] = [vector(0, 1), vector(-1, 1)];
    for (let t = 0; t < 5; t++) {
      const [r, k, v, w] = [vector(-1, 1), vector(-1, 1), vector(-1, 1), vector(0.5, 1)];
      const [kk, a] = [vector(-0.3, 0.3), vector(0, 1)];
      const { y, S: next } = plain7(plain, { r, w, k, v, kk, a });
      plain = next;
      const got = new Float32Array(N);
      const all = { r, w, k, v, kk, a };
      const floats = Object.fromEntries(
        Object.entries(all).map(([name, values]) => [name, Float32Array.from(values)]),
      ) as Record<keyof typeof all, Float32Array>;
      recur7(S, { ...floats, y: got });
      near(got, y, "RWKV-7");
      const { wkv, ...after } = plain4(four, { k, v, w: w4, u });
      four = after;
      const inputs = { w: Float32Array.from(w4), u: Float32Array.from(u) };
      recur4(mine, { k: floats.k, v: floats.v, ...inputs, y: got });
      near(got, wkv, "RWKV-4");
    }
  });

  it("are measured in turns, up to the last token", () => {
    let time = 0;
    const points = [...compare({ sizes: SIZES, tokens: 12, every: 4, now: () => time += 500 })];
    const expected = [4, 8, 12].flatMap((tokens) =>
      ARCHITECTURES.map((architecture) => ({ architecture, tokens, seconds: tokens / 8 }))
    );
    assert.deepEqual(points.map(({ held: _, ...point }) => point), expected);
  });
});

describe("The comparison on the page", {
  ignore: CHROMIUM === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
}, () => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    browser = await startBrowser();
    server = await PageServer.start();
  });

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it("is run by the browser, stopped, and run to its end", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.getByRole("button", { name: "Compare it with a Transformer" }).click();
    await page.getByRole("img", { name: /Memory for the text against tokens/ }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    const run = page.getByRole("button", { name: "Run the comparison" });
    await run.waitFor();
    await until(page, `/for [0-9,]+ tokens/.test(document.querySelector("#inspector").innerText)`);
    await run.click();
    await page.getByText(/for 4,096 tokens/).waitFor({ timeout: 180_000 });
    const rows = await page.locator("#inspector .numbers tbody tr").allInnerTexts();
    console.log(rows.map((row) => row.replaceAll(/\s+/g, " ")).join("\n"));
    // A key and a value of 4 bytes for 128 channels and 2 layers.
    assert.match(rows[0]!, /^Transformer.*8.4 MB$/s);
    assert.match(rows[1]!, /^RWKV-4.*5.1 KB$/s);
    assert.match(rows[2]!, /^RWKV-7.*68 KB$/s);
  });
});
