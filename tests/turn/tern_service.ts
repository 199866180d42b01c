import { RwkvChatService } from "../../src/turn/chat_service.ts";
import type { Turn, TurnRequest, TurnUsage } from "../../src/turn/turn.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { type Quota, UNLIMITED } from "../../src/limits/quota.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { StateSealer } from "../../src/state/sealed_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { CountingInference } from "./counting_inference.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;
const never = new AbortController().signal;

/** A whole answer. */
export interface Answer {
  readonly text: string;
  readonly usage: TurnUsage;
  readonly reason: string;
  readonly tokens: readonly number[];
  readonly sealed: string | undefined;
}

/** Takes all that a turn yields. */
export async function collect(turn: Turn): Promise<Answer> {
  let text = "";
  const tokens: number[] = [];
  for await (const event of turn.events) {
    if (event.type === "text") {
      text += event.text;
      tokens.push(...event.tokens);
    } else {
      const { usage, reason, sealed } = event;
      return { text, usage, reason, tokens, sealed };
    }
  }
  throw new Error("no end event");
}

/** The model in the repository, loaded once. */
export async function loadTern() {
  const folder = await readModelFolder(MODEL);
  const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(folder.vocabPath!));
  const checkpoint = await openCheckpoint(await openFile(folder.weightsPath), "tern-7m");
  const scheduler = new Scheduler(
    await OrtEngine.load(checkpoint, await loadWebRuntime()),
    tokenizer,
  );
  checkpoint.close();
  return { folder, tokenizer, scheduler };
}

/** A loaded model. */
export type Tern = Awaited<ReturnType<typeof loadTern>>;

/** A service of that model, with a store of its own unless another one is given. */
export function ternService(
  { folder, tokenizer, scheduler }: Tern,
  quota: Partial<Quota> = {},
  { store = new MemoryStore(), template = folder.config.chat_template } = {},
) {
  const inference = new CountingInference(scheduler);
  const tree = new ResponseTree({
    store,
    now: Date.now,
    quotas: () => ({ ...UNLIMITED, ...quota }),
  });
  const service = new RwkvChatService({
    model: "tern-7m",
    folder: { ...folder.config, chat_template: template },
    inference,
    tokenizer,
    tree,
    sealer: new StateSealer({ secrets: ["s".repeat(32)], precision: "f32" }),
    now: Date.now,
    randomSeed: () => 5,
  });
  const request = (more: Partial<TurnRequest>): TurnRequest => ({
    tenant: "public",
    messages: [],
    sampling: { ...service.defaults, seed: 1 },
    stop: [],
    maxTokens: 40,
    signal: never,
    ...more,
  });
  const ask = async (more: Partial<TurnRequest>): Promise<Answer> =>
    await collect(await service.begin(request(more)));
  return { service, inference, store, tree, request, ask };
}
