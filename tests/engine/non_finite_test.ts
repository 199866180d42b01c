import assert from "node:assert/strict";
import { ROUTES } from "../../src/routes.ts";
import { describe, it } from "@std/testing/bdd";
import { createLogger } from "../../src/telemetry/logger.ts";
import { assemble } from "../../src/assemble.ts";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { loadConfig } from "../../src/settings/config.ts";
import { NonFiniteStateError } from "../../src/engine/non_finite_state_error.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { NonFiniteLogitsError } from "../../src/sampling/non_finite_logits_error.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { oneModel } from "../../src/turn/one_model.ts";
import { FOLDER, loadBroken } from "./broken_model.ts";

const never = new AbortController().signal;
const BAD = "~";
const folder = await readModelFolder(FOLDER);
const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(folder.vocabPath!));
const [bad, ...more] = tokenizer.encode(BAD);
assert.deepEqual(more, [], "the bad text is one token");

const options = {
  sampling: {
    temperature: 1,
    topP: 0.5,
    topK: 0,
    presencePenalty: 0,
    frequencyPenalty: 0,
    penaltyDecay: 1,
    seed: 1,
  },
  endOfText: -1,
  stop: [],
  maxTokens: 12,
  signal: never,
};

/** How many records of a kind a store holds. */
async function count(store: KvStore, kind: string): Promise<number> {
  return (await Array.fromAsync(store.list(["public", kind]))).length;
}

for (const name of ["simd", "ort"] as const) {
  describe(`a sequence whose numbers are lost, on ${name}`, () => {
    it("fails alone, and has no state to give away", async () => {
      const inference = new Scheduler(await loadBroken(name, bad!), tokenizer);
      try {
        const good = tokenizer.encode("User: Hello!\n\nAssistant:");
        const text = async (prompt: readonly number[]) =>
          await Array.fromAsync(inference.open().generate({ ...options, prompt }));
        const alone = await text(good);
        const lost = inference.open();
        const generation = lost.generate({ ...options, prompt: [...good, bad!, ...good] });
        const [beside, failed] = await Promise.allSettled([text(good), generation.next()]);
        assert.deepEqual(beside, { status: "fulfilled", value: alone });
        assert(failed.status === "rejected" && failed.reason instanceof NonFiniteLogitsError);
        await assert.rejects(lost.state(), NonFiniteStateError);
        lost.close();

        // Whoever asks for no token notices it by the state.
        const read = inference.open();
        const logits = await read.read([bad!], never);
        assert(!logits.every(Number.isFinite));
        await assert.rejects(read.state(), NonFiniteStateError);
        read.close();
        assert.deepEqual(await text(good), alone, "nothing is left behind in the engine");
      } finally {
        await inference.close();
      }
    });

    it("is an error for its client alone, and is never stored", async () => {
      const inference = new Scheduler(await loadBroken(name, bad!), tokenizer);
      const store = new MemoryStore();
      const lines: string[] = [];
      const config = loadConfig({});
      const { app, responses } = assemble({
        routes: ROUTES,
        config,
        source: oneModel({ name: "m", folder: folder.config, inference, tokenizer }),
        store,
        turns: { running: 8, waiting: 8 },
        log: createLogger({ level: "error", sink: (line) => lines.push(line), now: Date.now }),
        now: Date.now,
        elapsed: () => performance.now(),
        openSocket: (request) => Deno.upgradeWebSocket(request),
      }).open();
      const post = async (path: string, body: object) => {
        const reply = await app.request(path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ model: "m", ...body }),
        });
        return { status: reply.status, text: await reply.text() };
      };
      const chat = (content: string, stream: boolean) =>
        post("/v1/chat/completions", {
          messages: [{ role: "user", content }],
          stream,
          max_tokens: 8,
          seed: 1,
        });
      const response = (input: string, stream: boolean) =>
        post("/v1/responses", { input, stream, max_output_tokens: 8 });
      try {
        const alone = await chat("Hello!", false);
        assert.equal(alone.status, 200);
        const kept = await count(store, "manifest"); // after the prompt, and after the answer
        assert.equal(kept, 2);
        const [whole, streamed, made, events, beside] = await Promise.all([
          chat(`Is ${BAD} a wave?`, false),
          chat(`Is ${BAD} a wave?`, true),
          response(`Is ${BAD} a wave?`, false),
          response(`Is ${BAD} a wave?`, true),
          chat("Hello!", false),
        ]);
        assert.equal(whole.status, 500);
        assert.match(whole.text, /"code":"internal_error"/);
        assert.equal(streamed.status, 200);
        assert.match(streamed.text, /"error":\{[^}]*"code":"internal_error"/);
        assert.equal(made.status, 500);
        assert.match(events.text, /event: response\.failed/);
        assert.equal(beside.status, 200);
        const contentOf = ({ text }: { readonly text: string }) => JSON.parse(text).choices;
        assert.deepEqual(contentOf(beside), contentOf(alone));
        assert(lines.some((line) => /NonFinite(Logits|State)Error/.test(line)), "the log says why");

        // No snapshot came of the four: there are those of the answers before and beside them.
        assert.equal(await count(store, "manifest"), 2);
        assert.equal(await count(store, "node"), 0);
      } finally {
        await responses.close();
        await inference.close();
      }
    });
  });
}
