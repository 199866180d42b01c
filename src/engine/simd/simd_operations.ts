import type { Operations } from "../../rwkv/operations.ts";
import type { Norm } from "../../rwkv/parameters.ts";
import type { CallList } from "./call_list.ts";
import type { Binary, Kernels, Unary } from "./kernels.ts";
import {
  type Activation,
  expectKind,
  newActivation,
  rowsAt,
  type RowsOf,
  type Run,
  type StatePart,
  type Value,
} from "./value.ts";
import type { Weights } from "./weights.ts";

const LAYER_NORM_EPS = 1e-5;

type Inputs<Name extends "wkv4" | "wkv6" | "wkv7"> = Parameters<Operations<Value>[Name]>[0];

/**
 * RWKV's operations as kernel calls. An activation `[B, T, D]` is a buffer with a row a token, those of one sequence
 * after those of another: sequences of any mix of lengths go through the weights together.
 *
 * States are changed in place: the state that a recurrence gives is the one that it was given.
 */
export class SimdOperations implements Operations<Value> {
  readonly #kernels: Kernels;
  readonly #calls: CallList;
  readonly #weights: Weights;
  /** Bytes of a head. */
  readonly #head: number;
  /** Activations as whole numbers, for products with weights in 8 bits and in 4: several may use the same. */
  readonly #quantized = new Map<Activation, Activation>();
  readonly #quantizedGroups = new Map<Activation, Activation>();

  constructor(kernels: Kernels, calls: CallList, weights: Weights, headSize: number) {
    this.#kernels = kernels;
    this.#calls = calls;
    this.#weights = weights;
    this.#head = headSize * Float32Array.BYTES_PER_ELEMENT;
  }

  add = (a: Value, b: Value) => this.#binary(this.#kernels.add, a, b);
  sub = (a: Value, b: Value) => this.#binary(this.#kernels.sub, a, b);
  mul = (a: Value, b: Value) => this.#binary(this.#kernels.mul, a, b);
  exp = (x: Value) => this.#unary(this.#kernels.exp, x);
  tanh = (x: Value) => this.#unary(this.#kernels.tanh, x);
  sigmoid = (x: Value) => this.#unary(this.#kernels.sigmoid, x);
  silu = (x: Value) => this.#unary(this.#kernels.silu, x);
  reluSquared = (x: Value) => this.#unary(this.#kernels.reluSquared, x);

  scale(x: Value, factor: number): Activation {
    const { scale } = this.#kernels;
    return this.#record([x], (y, run, [x]) => {
      scale(y.buffer.address, ...rowsAt(x!), factor, rowCount(y, run), y.buffer.rowBytes);
    });
  }

  lerp(x: Value, xx: Value, m: Value): Activation {
    const { lerp } = this.#kernels;
    return this.#record([x, xx, m], (y, run, [x, xx, m]) => {
      const operands = [...rowsAt(x!), ...rowsAt(xx!), ...rowsAt(m!)] as const;
      lerp(y.buffer.address, ...operands, rowCount(y, run), y.buffer.rowBytes);
    });
  }

  linear(x: Value, W: Value): Activation {
    return this.#linear(x, W, false);
  }

  matmul(x: Value, M: Value): Activation {
    return this.#linear(x, M, true);
  }

  split(x: Value, parts: number): Activation[] {
    const whole = expectKind(x, "activation");
    const width = whole.width / parts;
    return Array.from({ length: parts }, (_, i): Activation => ({
      ...whole,
      offset: whole.offset + i * width * Float32Array.BYTES_PER_ELEMENT,
      width,
    }));
  }

  layerNorm(x: Value, norm: Norm<Value>): Activation {
    return this.#norm(x, norm, LAYER_NORM_EPS, undefined);
  }

  groupNorm(x: Value, norm: Norm<Value>, eps: number): Activation {
    return this.#norm(x, norm, eps, this.#head);
  }

  normalizeHeads(x: Value): Activation {
    const { normalizeHeads } = this.#kernels;
    return this.#record([x], (y, run, [x]) => {
      const { address, rowBytes } = y.buffer;
      normalizeHeads(address, ...rowsAt(x!), rowCount(y, run), rowBytes, this.#head);
    });
  }

  tokenShift(x: Value, prev: Value): Activation {
    const { tokenShift } = this.#kernels;
    const { offset } = expectKind(prev, "state");
    return this.#record([x], (y, { table, sequences }, [x]) => {
      const { address, rowBytes } = y.buffer;
      tokenShift(address, ...rowsAt(x!), table, sequences, offset, rowBytes);
    });
  }

  last(x: Value): Activation {
    const { last } = this.#kernels;
    const y = newActivation("sequences", expectKind(x, "activation").width);
    return this.#record([x], (y, { table, sequences }, [x]) => {
      last(y.buffer.address, ...rowsAt(x!), table, sequences, y.buffer.rowBytes);
    }, y);
  }

  wkv4({ k, v, log_w, u }: Inputs<"wkv4">, state: Value): [Activation, StatePart] {
    const { wkv4 } = this.#kernels;
    const part = expectKind(state, "state");
    const y = this.#record([k, v, log_w, u], (y, { table, sequences }, [k, v, log_w, u]) => {
      const { address, rowBytes } = y.buffer;
      const constants = [log_w!.buffer.address, u!.buffer.address] as const;
      const operands = [...rowsAt(k!), ...rowsAt(v!), ...constants] as const;
      wkv4(address, ...operands, table, sequences, part.offset, rowBytes);
    });
    return [y, part];
  }

  wkv6({ r, k, v, log_w, u }: Inputs<"wkv6">, state: Value): [Activation, StatePart] {
    const { wkv6 } = this.#kernels;
    const part = expectKind(state, "state");
    const inputs = [r, this.exp(log_w), k, v, u];
    const y = this.#record(inputs, (y, { table, sequences }, [r, w, k, v, u]) => {
      const { address, rowBytes } = y.buffer;
      const operands = [...rowsAt(r!), ...rowsAt(w!), ...rowsAt(k!), ...rowsAt(v!)] as const;
      const [uAt] = rowsAt(u!);
      wkv6(address, ...operands, uAt, table, sequences, part.offset, rowBytes, this.#head);
    });
    return [y, part];
  }

  wkv7({ r, log_w, k, v, kk, a }: Inputs<"wkv7">, state: Value): [Activation, StatePart] {
    const { wkv7 } = this.#kernels;
    const part = expectKind(state, "state");
    const inputs = [r, this.exp(log_w), k, v, kk, a];
    const y = this.#record(inputs, (y, { table, sequences }, [r, w, k, v, kk, a]) => {
      const { address, rowBytes } = y.buffer;
      const [rw, kv] = [[...rowsAt(r!), ...rowsAt(w!)], [...rowsAt(k!), ...rowsAt(v!)]] as const;
      const operands = [...rw, ...kv, ...rowsAt(kk!), ...rowsAt(a!)] as const;
      wkv7(address, ...operands, table, sequences, part.offset, rowBytes, this.#head);
    });
    return [y, part];
  }

  bonus(r: Value, k: Value, v: Value, r_k: Value): Activation {
    const { bonus } = this.#kernels;
    return this.#record([r, k, v, r_k], (y, run, [r, k, v, r_k]) => {
      const { address, rowBytes } = y.buffer;
      const operands = [...rowsAt(r!), ...rowsAt(k!), ...rowsAt(v!)] as const;
      const [r_kAt] = rowsAt(r_k!);
      bonus(address, ...operands, r_kAt, rowCount(y, run), rowBytes, this.#head);
    });
  }

  /** Writes the rows of `x`, one a sequence, into their states. */
  store(x: Value, to: StatePart): void {
    const { store } = this.#kernels;
    const row = expectKind(x, "activation");
    this.#calls.record(undefined, [row], ({ table, sequences }) => {
      store(row.buffer.address, table, sequences, to.offset, row.buffer.rowBytes);
    });
  }

  #linear(x: Value, W: Value, transposed: boolean): Activation {
    const { linearF32, linearBf16, linearI8, linearI4 } = this.#kernels;
    const matrix = this.#weights.pack(expectKind(W, "matrix"), transposed);
    const { format, address, outputs, inputs, scales } = matrix;
    const groups = Math.ceil(outputs / 4);
    const operand = expectKind(x, "activation");
    const y = newActivation(operand.buffer.rows, outputs);
    switch (format) {
      case "f32":
      case "bf16": {
        const linear = format === "f32" ? linearF32 : linearBf16;
        const bytes = inputs * Float32Array.BYTES_PER_ELEMENT;
        return this.#record([operand], (y, run, [x]) => {
          linear(...rowsAt(y), address, groups, ...rowsAt(x!), bytes, rowCount(y, run));
        }, y);
      }
      case "int8":
        return this.#record([this.#quantize(operand)], (y, run, [x]) => {
          linearI8(...rowsAt(y), address, scales, groups, ...rowsAt(x!), inputs, rowCount(y, run));
        }, y);
      case "int4":
        return this.#record([this.#quantizeGroups(operand)], (y, run, [x]) => {
          linearI4(...rowsAt(y), address, groups, ...rowsAt(x!), inputs, rowCount(y, run));
        }, y);
    }
  }

  /** For int8: 16 bits a number at the most, and two numbers for a row. */
  #quantize(x: Activation): Activation {
    const { quantize } = this.#kernels;
    const bytes = x.width * Float32Array.BYTES_PER_ELEMENT;
    return once(this.#quantized, x, () =>
      this.#record([x], (y, run, [x]) => {
        quantize(...rowsAt(y), ...rowsAt(x!), rowCount(y, run), bytes);
      }, newActivation(x.buffer.rows, x.width / 2 + 2)));
  }

  /** For int4: 16 bits a number at the most, and two numbers for every 32. */
  #quantizeGroups(x: Activation): Activation {
    const { quantizeGroups } = this.#kernels;
    const bytes = x.width * Float32Array.BYTES_PER_ELEMENT;
    return once(this.#quantizedGroups, x, () =>
      this.#record([x], (y, run, [x]) => {
        quantizeGroups(...rowsAt(y), ...rowsAt(x!), rowCount(y, run), bytes);
      }, newActivation(x.buffer.rows, x.width / 2 + x.width / 16)));
  }

  #norm(
    x: Value,
    { weight, bias }: Norm<Value>,
    eps: number,
    part: number | undefined,
  ): Activation {
    const { norm } = this.#kernels;
    return this.#record([x, weight, bias], (y, run, [x, weight, bias]) => {
      const { address, rowBytes } = y.buffer;
      const constants = [weight!.buffer.address, bias!.buffer.address] as const;
      const rows = rowCount(y, run);
      norm(address, ...rowsAt(x!), ...constants, eps, rows, rowBytes, part ?? rowBytes);
    });
  }

  #unary(kernel: Unary, x: Value): Activation {
    return this.#record([x], (y, run, [x]) => {
      kernel(y.buffer.address, ...rowsAt(x!), rowCount(y, run), y.buffer.rowBytes);
    });
  }

  #binary(kernel: Binary, a: Value, b: Value): Activation {
    return this.#record([a, b], (y, run, [a, b]) => {
      const { address, rowBytes } = y.buffer;
      kernel(address, ...rowsAt(a!), ...rowsAt(b!), rowCount(y, run), rowBytes);
    });
  }

  /** Records a call. What it computes has the operands' width, unless `y` says otherwise. */
  #record(
    operands: readonly Value[],
    call: (y: Activation, run: Run, operands: readonly Activation[]) => void,
    y?: Activation,
  ): Activation {
    const inputs = operands.map((value) => expectKind(value, "activation"));
    const result = y ?? newActivation(commonRows(inputs), inputs[0]!.width);
    this.#calls.record(result, inputs, (run) => call(result, run, inputs));
    return result;
  }
}

/** What a map holds of a key; it is made if there is none. */
function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Per-channel operands apply to every row of the others. */
function commonRows(operands: readonly Activation[]): RowsOf {
  return operands.find(({ buffer }) => buffer.rows !== "one")?.buffer.rows ?? "one";
}

/** Rows to compute. Of what is one a sequence, logits come, and only those of sequences that end are wanted. */
function rowCount({ buffer: { rows } }: Activation, { tokens, ending }: Run): number {
  switch (rows) {
    case "one":
      return 1;
    case "tokens":
      return tokens;
    case "sequences":
      return ending;
  }
}
