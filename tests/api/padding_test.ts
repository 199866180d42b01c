import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { chatBody, chunksOf, harness, nthId, responseBody } from "./harness.ts";

const WORDS = ["I", " am", " extraordinarily", " für", " ἀγάπη", "\n", " \u2028", ' "'];
const PLAIN = { include_obfuscation: false };

const bytes = (text: string) => new TextEncoder().encode(text).length;
/** The bytes of the frames that bring text. Their numbers are as long as each other here. */
const lengths = (frames: readonly string[]) =>
  new Set(frames.filter((frame) => /"delta":("|\{"content":"[^"])/.test(frame)).map(bytes));
const unpadded = (frames: readonly string[]) =>
  frames.map((frame) => frame.replace(/,"obfuscation":"\w*"/, ""));

describe("streams", () => {
  for (
    const [path, body] of [
      ["/v1/responses", responseBody],
      ["/v1/chat/completions", chatBody],
    ] as const
  ) {
    const stream = async (fields: object) => {
      const { post } = harness({ script: { pieces: WORDS.slice(0, 5) } });
      return await chunksOf(await post(path, body({ stream: true, ...fields })));
    };

    it(`of ${path} do not show the lengths of words`, async () => {
      assert.equal(lengths(await stream({})).size, 1);
      assert.ok(lengths(await stream({ stream_options: PLAIN })).size > 3);
    });

    it(`of ${path} are padded by default, and are else the same`, async () => {
      const padded = await stream({});
      assert.deepEqual(await stream({ stream_options: { include_obfuscation: true } }), padded);
      const plain = await stream({ stream_options: PLAIN });
      assert.ok(!plain.join("").includes("obfuscation"));
      assert.deepEqual(unpadded(padded), plain);
    });
  }

  it("of stored responses are given again as they were, or as one asks for them", async () => {
    for (const stream_options of [{}, PLAIN]) {
      const { app, post } = harness({ script: { pieces: WORDS } });
      const made = await chunksOf(
        await post("/v1/responses", responseBody({ stream: true, stream_options })),
      );
      const again = async (query: string) =>
        await chunksOf(await app.request(`/v1/responses/${nthId("resp_", 2)}?stream=true${query}`));
      assert.deepEqual(await again(""), made);
      const padded = await again("&include_obfuscation=true");
      const plain = await again("&include_obfuscation=false");
      assert.notDeepEqual(padded, plain);
      assert.deepEqual(unpadded(padded), plain);
      assert.ok([padded, plain].some((frames) => frames.join("") === made.join("")));
    }
  });
});
