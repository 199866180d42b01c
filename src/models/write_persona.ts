import type { Persona } from "./read_persona.ts";
import { MODEL_TENSOR, SHIFT_TENSORS, stateTensor, TOKENS_TENSOR } from "./persona_format.ts";

/** A tensor to write. */
interface Tensor {
  readonly name: string;
  readonly dtype: "F32" | "U8";
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A state as a safetensors file, exactly: that {@linkcode readPersona} reads. Of tuned states it has the names and the
 * orientation, and the token-shift rows besides.
 *
 * @param modelFingerprint of the model that the state is of
 */
export function writePersona(
  { state, tokens }: Pick<Persona, "state" | "tokens">,
  modelFingerprint: string,
): Uint8Array<ArrayBuffer> {
  const { n_layer, n_embd: D, head_size: N, version } = state.layout;
  const tensors: Tensor[] = [];
  for (let layer = 0; layer < n_layer; layer++) {
    const wkv = state.wkv(layer);
    const shape = version === "4" ? [3, D] : [D / N, N, N];
    tensors.push(floats(stateTensor(layer), shape, version === "4" ? wkv : transposed(wkv, N)));
    const shift = state.shift(layer);
    for (const [row, nameOf] of SHIFT_TENSORS.entries()) {
      tensors.push(floats(nameOf(layer), [D], shift.subarray(row * D, (row + 1) * D)));
    }
  }
  tensors.push(text(MODEL_TENSOR, modelFingerprint), text(TOKENS_TENSOR, `${tokens}`));
  return safetensors(tensors);
}

function text(name: string, value: string): Tensor {
  const bytes = new TextEncoder().encode(value);
  return { name, dtype: "U8", shape: [bytes.length], bytes };
}

function floats(name: string, shape: readonly number[], values: Float32Array): Tensor {
  return { name, dtype: "F32", shape, bytes: new Uint8Array(values.slice().buffer) };
}

/** `[H, keys, values]` to `[H, values, keys]`. */
function transposed(wkv: Float32Array, N: number): Float32Array {
  return wkv.map((_, index) => {
    const within = index % (N * N);
    const [value, key] = [Math.floor(within / N), within % N];
    return wkv[index - within + key * N + value]!;
  });
}

function safetensors(tensors: readonly Tensor[]): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const data_offsets = [end, end += bytes.length];
    return [name, { dtype, shape, data_offsets }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const { bytes } of tensors) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
