import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { StateSealer } from "../../src/state/sealed_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { RwkvChatService } from "../../src/turn/chat_service.ts";
import { computeState } from "../../src/turn/compute_state.ts";
import { StateFinder } from "../../src/turn/state_finder.ts";
import type { TurnRequest } from "../../src/turn/turn.ts";
import { loadEngine } from "../../scripts/load_engine.ts";
import { writeTinyModel } from "../e2e/tiny_model.ts";
import { Fuzz } from "../fuzz.ts";
import { type Answer, collect } from "./tern_service.ts";

const TENANT = "public";
const TURNS = 500;
const never = new AbortController().signal;

/** A model that is small, and none of whose numbers are nice. */
async function loadTiny() {
  const path = await Deno.makeTempDir();
  await writeTinyModel(path);
  const folder = await readModelFolder(path);
  const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(folder.vocabPath!));
  const engine = await loadEngine(path, { engine: "simd", weights: "f32" });
  const scheduler = new Scheduler(engine, tokenizer);
  const close = async () => {
    await scheduler.close();
    await Deno.remove(path, { recursive: true });
  };
  return { folder, tokenizer, scheduler, close };
}

type Tiny = Awaited<ReturnType<typeof loadTiny>>;

/** A service whose chains keep so many states. */
function serviceOf({ folder, tokenizer, scheduler }: Tiny, statesPerPower: number) {
  const tree = new ResponseTree({ store: new MemoryStore(), now: Date.now, statesPerPower });
  const service = new RwkvChatService({
    model: "tiny",
    folder: folder.config,
    inference: scheduler,
    tokenizer,
    tree,
    sealer: new StateSealer({ secrets: [], precision: "f32" }),
    now: Date.now,
    randomSeed: () => 5,
  });
  const begin = (more: Partial<TurnRequest>) =>
    service.begin({
      tenant: TENANT,
      messages: [],
      sampling: { ...service.defaults, temperature: 1, seed: 1 },
      stop: [],
      maxTokens: 4,
      signal: never,
      ...more,
    });
  const ask = async (more: Partial<TurnRequest>): Promise<Answer> =>
    await collect(await begin(more));
  const finder = new StateFinder({ inference: scheduler, tree });
  /** The numbers of the state of a response, and the tokens that were read for them. */
  const stateOf = async (id: string) => {
    const found = await finder.ofResponse(TENANT, await tree.node(TENANT, id));
    const { data } = await computeState(scheduler, found, never);
    return { data, read: found.tokens - (found.path?.cached ?? found.tokens) };
  };
  return { service, tree, begin, ask, stateOf };
}

describe("responses whose states were removed", () => {
  let tiny: Tiny;
  beforeAll(async () => void (tiny = await loadTiny()));
  afterAll(() => tiny.close());

  it(`are gone on from with the same bits as if none had been, in a tree of ${TURNS} turns`, async () => {
    const fuzz = new Fuzz("thinned states");
    const [thinned, all] = [serviceOf(tiny, 2), serviceOf(tiny, Infinity)];
    const ids: string[] = [];
    let head: string | undefined;
    const question = () => ["Hi.", "And?", "Why not?\nSay it.", "x", "Über 🐦"][fuzz.below(5)]!;
    for (let n = 0; n < TURNS; n++) {
      // Mostly one conversation, now and then a fork, the same question again, or other instructions.
      if (fuzz.next() < 0.05) head = fuzz.pick(ids);
      const storeAs = `resp_${n.toString(16).padStart(48, "0")}`;
      const turn: Partial<TurnRequest> = {
        ...head === undefined ? {} : { previous: head },
        messages: [{ role: "user", text: question() }],
        ...fuzz.next() < 0.02 ? { instructions: "Be brief." } : {},
        storeAs,
        stop: fuzz.next() < 0.2 ? ["e", "  "] : [],
        sampling: { ...thinned.service.defaults, temperature: 1, seed: n },
        maxTokens: 1 + fuzz.below(6),
      };
      const [one, other] = [await thinned.ask(turn), await all.ask(turn)];
      assert.equal(one.text, other.text, `turn ${n}`);
      assert.deepEqual(one.tokens, other.tokens);
      assert.equal(one.usage.prompt, other.usage.prompt);
      ids.push(head = storeAs);
    }
    let [kept, read, longest] = [0, 0, 0];
    for (const id of ids) {
      const [one, other] = [await thinned.stateOf(id), await all.stateOf(id)];
      assert.equal(other.read, 0);
      assert.deepEqual(one.data, other.data, id);
      if (one.read === 0) kept++;
      read += one.read;
      longest = Math.max(longest, one.read);
    }
    console.log(
      `${kept} of ${TURNS} states kept; ${read / TURNS} tokens read for one, ${longest} at most`,
    );
    assert.ok(kept < TURNS / 2, `${kept} are kept`);
    assert.ok(read > 0);
    for (let n = 0; n < 20; n++) {
      const turn = {
        previous: fuzz.pick(ids),
        messages: [{ role: "user", text: question() } as const],
        ephemeral: true,
      };
      const [one, other] = [await thinned.ask(turn), await all.ask(turn)];
      assert.deepEqual([one.text, one.tokens], [other.text, other.tokens]);
      assert.equal(one.usage.prompt, other.usage.prompt);
      assert.ok(one.usage.cached <= other.usage.cached);
    }
  });
});
