import assert from "node:assert/strict";
import { ResponseMaker } from "../../src/response/response_maker.ts";
import type { NewResponse, ResponseEvent } from "../../src/response/stored_response.ts";
import { randomId } from "../../src/api/http/ids.ts";
import { AnswerGrammars } from "../../src/prompt/answer_grammars.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { RunStore } from "../../src/response/run_store.ts";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import type { Commit, CommitResult, KvStore, StoreOptions } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { cleanupOf } from "../cleanup/cleanup_of.ts";
import { oneChat } from "../api/one_chat.ts";
import { FakeChatService } from "../api/fake_chat_service.ts";

export const TENANT = "tenant";
export const LEASE_MS = 60_000;
export const never = new AbortController().signal;

/** A store that can be made to fail, and that tells of each commit before it is made. */
export class WatchedStore extends MemoryStore {
  failing = false;
  onCommit: (commit: Commit) => void = () => {};

  /** Milliseconds that a commit takes. */
  delay = 0;

  override async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.onCommit(commit);
    if (this.failing) throw new StoreUnavailableError(1, { cause: "a test" });
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    return await super.commit(commit, options);
  }
}

export class Clock {
  time = 1_000_000;
  readonly now = () => this.time;
}

/** An instance of the server, with a service that says what it is told. */
export function instance(store: KvStore, clock: Clock, pieces: Iterable<string | Promise<string>>) {
  const tree = new ResponseTree({ store, now: clock.now });
  const chat = new FakeChatService({ pieces }, tree);
  const reports: unknown[] = [];
  const maker = new ResponseMaker({
    models: oneChat(chat),
    runs: new RunStore({ store, now: clock.now, owner: crypto.randomUUID(), leaseMs: LEASE_MS }),
    tree,
    cleanup: cleanupOf(store, clock.now),
    grammars: new AnswerGrammars(),
    now: clock.now,
    describe: () => ({ message: "failed", type: "server_error", param: null, code: null }),
    report: (_, error) => reports.push(error),
  });
  return { maker, chat, reports };
}

export function newResponse(more: Partial<NewResponse> = {}): NewResponse {
  const { defaults } = new FakeChatService();
  return {
    tenant: TENANT,
    id: randomId("resp_"),
    card: { a: 1 },
    turn: {
      messages: [{ role: "user", text: "Hi" }],
      sampling: defaults,
      stop: [],
      maxTokens: 100,
    },
    mode: "stream",
    ...more,
  };
}

export async function read(maker: ResponseMaker, id: string): Promise<ResponseEvent[]> {
  return await Array.fromAsync(maker.follow(TENANT, id, never));
}

/** Takes events until there is a certain text. */
export async function readUpTo(maker: ResponseMaker, id: string, text: string) {
  const events = maker.follow(TENANT, id, never);
  for (;;) {
    const { value } = await events.next();
    if (value?.type === "text" && value.text === text) return events;
    assert.equal(value?.type, "text");
  }
}

/** What an instance leaves behind that began a response in the background and then says nothing more. */
export async function stopAfter(...pieces: string[]) {
  const store = new MemoryStore();
  const clock = new Clock();
  const dying = instance(store, clock, [...pieces, hang()]);
  const response = newResponse({ mode: "background" });
  await dying.maker.create(response, never);
  await readUpTo(dying.maker, response.id, pieces.at(-1)!);
  return { store, clock, response };
}

export const texts = (events: readonly ResponseEvent[]) =>
  events.flatMap((event) => event.type === "text" ? [event.text] : []);

export const hang = () => new Promise<string>(() => {});

export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
