import { type Checkpoint, readFloat32 } from "../checkpoint/checkpoint.ts";
import { CheckpointError } from "../checkpoint/checkpoint_error.ts";
import { openFile } from "../checkpoint/deno_file.ts";
import { openCheckpoint } from "../checkpoint/open_checkpoint.ts";
import type { StateLayout } from "../state/layout.ts";
import { baseFingerprint } from "../state/persona_fingerprint.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import {
  MODEL_TENSOR,
  PersonaFileError,
  SHIFT_TENSORS,
  stateTensor,
  TOKENS_TENSOR,
} from "./persona_format.ts";

/** A state that texts begin with. */
export interface Persona {
  readonly state: RecurrentState;
  /** Tokens that it has read: 0 for tuned states. */
  readonly tokens: number;
  /** Names the state, number by number. */
  readonly fingerprint: string;
}

/** Hexadecimal digits of a fingerprint: 128 bits. */
const DIGITS = 32;

/** The model that a persona is for. */
export interface PersonaModel {
  readonly layout: StateLayout;
  /** Absent: that of any model with the layout will do. */
  readonly modelFingerprint?: string;
}

const TUNED = /(?:^|\.)blocks\.\d+\.att\.time_state$/;

/**
 * Reads a persona: a tuned initial state in a `.pth`, `.pt` or `.safetensors` file (`[H, values, keys]` in every version),
 * one of Ai00 in a `.st` or `.state` file (`[H, keys, values]`), or what {@linkcode writePersona} wrote.
 *
 * Source: RWKV-PEFT, rwkvt/rwkv7/att.py; ChatRWKV, rwkv_pip_package/src/rwkv/model.py; ai00_server, whose converter swaps
 * the last two axes.
 *
 * @throws {PersonaFileError} If it is none, or is for another model.
 */
export async function readPersona(path: string, model: PersonaModel): Promise<Persona> {
  try {
    const checkpoint = await openCheckpoint(await openFile(path), path);
    try {
      return await readFrom(withoutPrefix(checkpoint), model);
    } finally {
      checkpoint.close();
    }
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const remedy = "a persona is a .pth or .safetensors file with blocks.N.att.time_state";
    throw new PersonaFileError(path, `${error.why}; ${remedy}`, { cause: error });
  }
}

/**
 * Checks by the head of a file alone whether it can be a persona of a model.
 *
 * @throws {PersonaFileError} If it cannot.
 */
export async function checkPersona(path: string, { layout }: PersonaModel): Promise<void> {
  try {
    const checkpoint = await openCheckpoint(await openFile(path), path);
    try {
      checkTensors(withoutPrefix(checkpoint), layout);
    } finally {
      checkpoint.close();
    }
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new PersonaFileError(path, error.why, { cause: error });
  }
}

async function readFrom(checkpoint: Checkpoint, model: PersonaModel): Promise<Persona> {
  const { layout, modelFingerprint } = model;
  const { name: file, tensors } = checkpoint;
  checkTensors(checkpoint, layout);
  if (tensors.has(MODEL_TENSOR) && modelFingerprint !== undefined) {
    const own = new TextDecoder().decode(await checkpoint.read(MODEL_TENSOR));
    if (own !== baseFingerprint(modelFingerprint)) {
      throw new PersonaFileError(
        file,
        "it was saved from another model: save it again from this one (tern persona)",
      );
    }
  }
  const state = RecurrentState.empty(layout);
  const isSwapped = /\.(st|state)$/.test(file);
  for (let layer = 0; layer < layout.n_layer; layer++) {
    const stored = await readFloat32(checkpoint, stateTensor(layer));
    const wkv = state.wkv(layer); // [H, keys, values], or [3, D]
    if (layout.version === "4" || isSwapped) wkv.set(stored);
    else transposeHeads(stored, wkv, layout.head_size);
    if (!tensors.has(SHIFT_TENSORS[0](layer))) continue;
    const shift = state.shift(layer); // [2, D]
    for (const [row, tensorOf] of SHIFT_TENSORS.entries()) {
      shift.set(await readFloat32(checkpoint, tensorOf(layer)), row * layout.n_embd);
    }
  }
  if (!state.data.every(Number.isFinite)) {
    throw new PersonaFileError(file, "it contains NaN or infinity: tune or save it again");
  }
  const tokens = tensors.has(TOKENS_TENSOR)
    ? Number(new TextDecoder().decode(await checkpoint.read(TOKENS_TENSOR)))
    : 0;
  if (!Number.isSafeInteger(tokens)) {
    throw new PersonaFileError(file, `its ${TOKENS_TENSOR} is none`);
  }
  const named = new Blob([`${tokens}/`, state.data]);
  const digest = await crypto.subtle.digest("SHA-256", await named.arrayBuffer());
  return { state, tokens, fingerprint: new Uint8Array(digest).toHex().slice(0, DIGITS) };
}

/** @throws {PersonaFileError} */
function checkTensors({ name: file, tensors }: Checkpoint, layout: StateLayout): void {
  const refuse = (why: string): never => {
    throw new PersonaFileError(file, why);
  };
  const layers = [...tensors.keys()].filter((name) => TUNED.test(name)).length;
  if (tensors.has("emb.weight")) {
    refuse("it is a whole model: serve it by itself, a state merged into it is used then");
  }
  if (layers === 0) {
    refuse(
      "it has no blocks.N.att.time_state: a persona is a tuned initial state, or what tern persona saved",
    );
  }
  const { version, n_layer, n_embd: D, head_size: N } = layout;
  const shape = version === "4" ? [3, D] : [D / N, N, N];
  const remedy = "use it with the model that it was made for";
  if (layers !== n_layer) {
    refuse(`it is for a model of ${layers} layers, and this one has ${n_layer}: ${remedy}`);
  }
  for (let layer = 0; layer < n_layer; layer++) {
    const own = tensors.get(stateTensor(layer))?.shape;
    if (own === undefined) refuse(`it lacks ${stateTensor(layer)}`);
    if (own!.join() !== shape.join()) {
      refuse(`its state is [${own}] in layer ${layer}, and this model's is [${shape}]: ${remedy}`);
    }
    const shifts = SHIFT_TENSORS.map((tensorOf) => tensors.get(tensorOf(layer))?.shape.join());
    if (shifts.some((shift) => shift !== shifts[0] || (shift !== undefined && shift !== `${D}`))) {
      refuse(`its shift states do not fit the width ${D}: ${remedy}`);
    }
  }
}

/** `[H, values, keys]` to `[H, keys, values]`. */
function transposeHeads(from: Float32Array, to: Float32Array, N: number): void {
  for (let head = 0; head < to.length; head += N * N) {
    for (let key = 0; key < N; key++) {
      for (let value = 0; value < N; value++) {
        to[head + key * N + value] = from[head + value * N + key]!;
      }
    }
  }
}

/** The same without what trainers put before every name. */
function withoutPrefix(checkpoint: Checkpoint): Checkpoint {
  const prefixes = new Set(
    checkpoint.tensors.keys().map((name) => /^(.*?)blocks\.\d+\./.exec(name)?.[1] ?? ""),
  );
  const [prefix = ""] = prefixes;
  if (prefixes.size !== 1 || prefix === "") return checkpoint;
  const tensors = new Map(
    checkpoint.tensors.values().map((info) => {
      const name = info.name.slice(prefix.length);
      return [name, { ...info, name }];
    }),
  );
  return { ...checkpoint, tensors, read: (name) => checkpoint.read(`${prefix}${name}`) };
}
