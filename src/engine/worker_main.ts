/**
 * The entry of the engine's thread: a scheduler over an engine, driven by messages.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { counted } from "../checkpoint/counted.ts";
import { openWeights } from "../checkpoint/open_weights.ts";
import { stateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import { loadTokenizer } from "../tokenizer/load_tokenizer.ts";
import { packError } from "./crossing_error.ts";
import type { Engine } from "./engine.ts";
import type { Piece, PromptRead } from "./generate.ts";
import type { Sequence } from "./inference.ts";
import { loadEngine } from "./load_engine.ts";
import { Scheduler } from "./scheduler.ts";
import { Window } from "./window.ts";
import {
  type Command,
  type Compromises,
  type ModelSource,
  PIECES_AHEAD,
  type Reply,
  TELL_LOADING_MS,
  TELL_READ_MS,
  TOGETHER_MS,
  type TokenizerSource,
} from "./worker_protocol.ts";

/** What can be done about a call under way. */
interface Running {
  readonly controller: AbortController;
  readonly window: Window;
}

/** The engine that is being loaded, and what could not be had of what was asked for. */
let loading: Promise<{ readonly engine: Engine } & Compromises>;
let scheduler: Scheduler | undefined;
const sequences = new Map<number, Sequence>();
const calls = new Map<number, Running>();

self.onmessage = (event: MessageEvent<Command>) => {
  const command = event.data;
  switch (command.type) {
    case "load":
      loading = load(command);
      return void loading.catch(() => {}); // told when the tokenizer is there
    case "tokenizer":
      return void complete(command);
    case "open": {
      const layout = stateLayout(scheduler!.config);
      const state = command.data && new RecurrentState(layout, command.data);
      sequences.set(command.sequence, scheduler!.open(state));
      return;
    }
    case "read":
      return void run(command, async (sequence, { controller: { signal } }) => {
        const value = await sequence.read(
          command.tokens,
          signal,
          tellerOf(command, command.tellRead),
        );
        send({ type: "value", call: command.call, value }, [value.buffer]);
      });
    case "state":
      return void run(command, async (sequence) => {
        const { data: value } = await sequence.state();
        send({ type: "value", call: command.call, value }, [value.buffer]);
      });
    case "generate":
      return void run(command, (sequence, running) => generate(command, sequence, running));
    case "taken":
      return calls.get(command.call)?.window.release(command.pieces);
    case "abort":
      return calls.get(command.call)?.controller.abort();
    case "end":
      sequences.get(command.sequence)?.close();
      sequences.delete(command.sequence);
      return;
    case "close":
      return void close();
  }
};

async function load({ path, ...options }: ModelSource) {
  let told = performance.now();
  const checkpoint = counted(await openWeights(path), (done, total) => {
    const now = performance.now();
    if (now - told < TELL_LOADING_MS) return;
    told = now;
    send({ type: "loading", done, total });
  });
  try {
    let fallback: string | undefined;
    let alone: string | undefined;
    const engine = await loadEngine(checkpoint, {
      ...options,
      onFallback: (reason) => fallback = reason.message,
      onAlone: (reason) => alone = reason.message,
    });
    return { engine, fallback, alone };
  } finally {
    checkpoint.close();
  }
}

async function complete(
  { tokenizer, vocabulary, speculation = false }: TokenizerSource,
): Promise<void> {
  try {
    const { engine, ...compromises } = await loading;
    const loaded = await loadTokenizer(tokenizer, vocabulary);
    scheduler = new Scheduler(engine, loaded, { speculation });
    const { config, modelFingerprint, fingerprint } = scheduler;
    const initialState = scheduler.initialState?.data;
    const model = { config, modelFingerprint, fingerprint, initialState, ...compromises };
    send({ type: "loaded", model });
  } catch (error) {
    send({ type: "failed", error: packError(error) });
  }
}

/** Runs a call on its sequence. Whatever it throws is its answer. */
async function run(
  { sequence, call }: { readonly sequence: number; readonly call: number },
  work: (sequence: Sequence, running: Running) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const running = { controller, window: new Window(PIECES_AHEAD, controller.signal) };
  calls.set(call, running);
  try {
    await work(sequences.get(sequence)!, running);
  } catch (error) {
    send({ type: "error", call, error: packError(error) });
  } finally {
    calls.delete(call);
  }
}

/** Tells how many tokens a call has read, not too often, if that is to be told. */
function tellerOf(
  { call }: { readonly call: number },
  tells: boolean,
): ((tokens: number) => void) | undefined {
  if (!tells) return undefined;
  let told = -Infinity;
  return (tokens) => {
    const now = performance.now();
    if (now - told < TELL_READ_MS) return;
    told = now;
    send({ type: "read", call, tokens });
  };
}

/** Sends pieces as they are made, until too many of them wait to be taken. */
async function generate(
  { call, options }: Command & { type: "generate" },
  sequence: Sequence,
  { controller: { signal }, window }: Running,
): Promise<void> {
  const { keepPrompt, tellRead, ...rest } = options;
  const onRead = tellerOf({ call }, tellRead);
  const onPrompt = ({ state: { data: state }, logits }: PromptRead) =>
    send({ type: "prompt", call, state, logits }, [state.buffer, logits.buffer]);
  const generation = sequence.generate({
    ...rest,
    ...(keepPrompt ? { onPrompt } : {}),
    ...(onRead ? { onRead } : {}),
    signal,
  });
  let pieces: Piece[] = [];
  let sent = 0;
  const flush = () => {
    if (pieces.length > 0) send({ type: "text", call, pieces });
    pieces = [];
    sent = performance.now();
  };
  let step = await generation.next();
  for (; !step.done; step = await generation.next()) {
    pieces.push(step.value);
    if (window.full || performance.now() - sent >= TOGETHER_MS) flush();
    await window.acquire();
  }
  flush();
  send({ type: "generated", call, generated: step.value });
}

async function close(): Promise<void> {
  await scheduler?.close();
  send({ type: "closed" });
}

function send(reply: Reply, transfer: Transferable[] = []): void {
  self.postMessage(reply, transfer);
}
