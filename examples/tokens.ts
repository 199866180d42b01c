/**
 * Tokens straight from the engine, and a state that is kept as bytes:
 *
 *     deno run -A examples/tokens.ts
 *
 * @module
 */
import { loadModel } from "../src/engine_api.ts";
import { decodeState, encodeState, type RecurrentState } from "../src/state_api.ts";

const folder = new URL("../models/tern-7m", import.meta.url).pathname;
await using model = await loadModel(folder);

let state: RecurrentState | undefined;
const options = { maxTokens: 20, temperature: 0, stop: ["\n\nUser:"] };
for await (
  const text of model.generate("User: My name is Sarah.\n\nAssistant:", {
    ...options,
    onState: (after) => state = after,
  })
) {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
console.log();

const { modelFingerprint } = model.inference;
const bytes = await encodeState(state!, { modelFingerprint, precision: "f16" });
console.log(`All that it remembers has ${bytes.length} bytes.`);

const same = await decodeState(bytes, model.inference);
let answer = "";
const question = "\n\nUser: What is my name?\n\nAssistant:";
for await (const text of model.generate(question, { ...options, state: same })) answer += text;
console.log(answer);
