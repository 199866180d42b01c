/**
 * The entry of the engine's thread: a scheduler over an engine, driven by messages.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { openFile } from "../checkpoint/deno_file.ts";
import { stateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import type { Sequence } from "./inference.ts";
import { OrtEngine } from "./ort/ort_engine.ts";
import { Scheduler } from "./scheduler.ts";
import { type Command, type Reply, toErrorMessage } from "./worker_protocol.ts";

let scheduler: Scheduler | undefined;
const sequences = new Map<number, Sequence>();
const reads = new Map<number, AbortController>();

self.onmessage = (event: MessageEvent<Command>) => {
  const command = event.data;
  switch (command.type) {
    case "load":
      return void load(command.path, command.threads);
    case "open": {
      const layout = stateLayout(scheduler!.config);
      const state = command.data && new RecurrentState(layout, command.data);
      sequences.set(command.sequence, scheduler!.open(state));
      return;
    }
    case "read":
      return void answer(command.call, () => read(command));
    case "state":
      return void answer(command.call, async () => {
        const { data } = await sequences.get(command.sequence)!.state();
        return data;
      });
    case "abort":
      return reads.get(command.call)?.abort();
    case "mark":
      return sequences.get(command.sequence)?.mark();
    case "rewind":
      return sequences.get(command.sequence)?.rewind();
    case "end":
      sequences.get(command.sequence)?.close();
      sequences.delete(command.sequence);
      return;
    case "close":
      return void close();
  }
};

async function load(path: string, threads: number): Promise<void> {
  try {
    const checkpoint = await openCheckpoint(await openFile(path), path);
    try {
      scheduler = new Scheduler(await OrtEngine.load(checkpoint, { threads }));
    } finally {
      checkpoint.close();
    }
    const { config, modelFingerprint, fingerprint } = scheduler;
    send({ type: "loaded", model: { config, modelFingerprint, fingerprint } });
  } catch (error) {
    send({ type: "failed", error: toErrorMessage(error) });
  }
}

async function read(
  { sequence, call, tokens }: Command & { type: "read" },
): Promise<Float32Array<ArrayBuffer>> {
  const controller = new AbortController();
  reads.set(call, controller);
  try {
    return await sequences.get(sequence)!.read(tokens, controller.signal);
  } finally {
    reads.delete(call);
  }
}

/** Sends what a call gives. The numbers move to the other thread without a copy. */
async function answer(call: number, run: () => Promise<Float32Array<ArrayBuffer>>): Promise<void> {
  try {
    const value = await run();
    send({ type: "value", call, value }, [value.buffer]);
  } catch (error) {
    send({ type: "error", call, error: toErrorMessage(error) });
  }
}

async function close(): Promise<void> {
  await scheduler?.close();
  send({ type: "closed" });
}

function send(reply: Reply, transfer: Transferable[] = []): void {
  self.postMessage(reply, transfer);
}
