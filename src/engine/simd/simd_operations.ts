import type { Operations } from "../../rwkv/operations.ts";
import type { Norm } from "../../rwkv/parameters.ts";
import type { CallList } from "./call_list.ts";
import { CallRecorder } from "./call_recorder.ts";
import { MatrixProducts } from "./matrix_products.ts";
import { stepOf } from "./steps.ts";
import {
  type Activation,
  ENTRY_BYTES,
  expectKind,
  newActivation,
  partAt,
  type StatePart,
  type Value,
  wholeAt,
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
  readonly #recorder: CallRecorder;
  readonly #products: MatrixProducts;
  /** Bytes of a head. */
  readonly #head: number;

  constructor(calls: CallList, weights: Weights, headSize: number) {
    this.#recorder = new CallRecorder(calls);
    this.#products = new MatrixProducts(weights, this.#recorder);
    this.#head = headSize * Float32Array.BYTES_PER_ELEMENT;
  }

  add = (a: Value, b: Value) => this.#binary("add", a, b);
  sub = (a: Value, b: Value) => this.#binary("sub", a, b);
  mul = (a: Value, b: Value) => this.#binary("mul", a, b);
  exp = (x: Value) => this.#unary("exp", x);
  tanh = (x: Value) => this.#unary("tanh", x);
  sigmoid = (x: Value) => this.#unary("sigmoid", x);
  silu = (x: Value) => this.#unary("silu", x);
  reluSquared = (x: Value) => this.#unary("reluSquared", x);

  scale(x: Value, factor: number): Activation {
    return this.#recorder.record("channels", [x], (y, part, [x]) => {
      const [address] = partAt(y, part);
      return stepOf("scale", address, ...partAt(x!, part), factor, part.rows, part.bytes);
    });
  }

  lerp(x: Value, xx: Value, m: Value): Activation {
    return this.#recorder.record("channels", [x, xx, m], (y, part, [x, xx, m]) => {
      const [address] = partAt(y, part);
      const operands = [...partAt(x!, part), ...partAt(xx!, part), ...partAt(m!, part)] as const;
      return stepOf("lerp", address, ...operands, part.rows, part.bytes);
    });
  }

  linear(x: Value, W: Value): Activation {
    return this.#products.record(x, W, false);
  }

  matmul(x: Value, M: Value): Activation {
    return this.#products.record(x, M, true);
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
    return this.#recorder.record("channels", [x], (y, part, [x]) => {
      const [[address], { rows, bytes }] = [partAt(y, part), part];
      return stepOf("normalizeHeads", address, ...partAt(x!, part), rows, bytes, this.#head);
    });
  }

  tokenShift(x: Value, prev: Value): Activation {
    const { offset } = expectKind(prev, "state");
    return this.#recorder.record("channels", [x], (y, part, [x], { table, sequences }) => {
      const { row, rows, from, bytes } = part;
      const [to, [at, step]] = [wholeAt(y, part)[0] + from, wholeAt(x!, part)];
      const shift = [table, sequences, offset + from, bytes, row, row + rows] as const;
      return stepOf("tokenShift", to, at + from, step, ...shift);
    }, { crossesRows: true, readsShift: true });
  }

  last(x: Value): Activation {
    const result = newActivation("sequences", expectKind(x, "activation").width);
    return this.#recorder.record("channels", [x], (y, part, [x], { table }) => {
      const { row, rows, from, bytes } = part;
      const [[to], [at, step]] = [partAt(y, part), wholeAt(x!, part)];
      return stepOf("last", to, at + from, step, table + row * ENTRY_BYTES, rows, bytes);
    }, { result, rows: ({ sequences }) => sequences, crossesRows: true });
  }

  wkv4({ k, v, log_w, u }: Inputs<"wkv4">, state: Value): [Activation, StatePart] {
    const { offset } = expectKind(state, "state");
    const y = this.#recorder.record("heads", [k, v, log_w, u], (y, part, [k, v, log_w, u], run) => {
      const { table, sequences } = run;
      const [address, step] = wholeAt(y, part);
      const constants = [log_w!.buffer.address, u!.buffer.address] as const;
      const operands = [...wholeAt(k!, part), ...wholeAt(v!, part), ...constants] as const;
      const channels = [part.from, part.from + part.bytes] as const;
      return stepOf("wkv4", address, ...operands, table, sequences, offset, step, ...channels);
    });
    return [y, { kind: "state", offset }];
  }

  wkv6({ r, k, v, log_w, u }: Inputs<"wkv6">, state: Value): [Activation, StatePart] {
    const { offset } = expectKind(state, "state");
    const inputs = [r, this.exp(log_w), k, v, u];
    const y = this.#recorder.record("heads", inputs, (y, part, [r, w, k, v, u], run) => {
      const [address, step] = wholeAt(y, part);
      const rw = [...wholeAt(r!, part), ...wholeAt(w!, part)] as const;
      const kvu = [...wholeAt(k!, part), ...wholeAt(v!, part), wholeAt(u!, part)[0]] as const;
      const heads = [this.#head, part.from, part.from + part.bytes] as const;
      const rows = [run.table, run.sequences, offset, step] as const;
      return stepOf("wkv6", address, ...rw, ...kvu, ...rows, ...heads);
    });
    return [y, { kind: "state", offset }];
  }

  wkv7({ r, log_w, k, v, kk, a }: Inputs<"wkv7">, state: Value): [Activation, StatePart] {
    const { offset } = expectKind(state, "state");
    const inputs = [r, this.exp(log_w), k, v, kk, this.mul(kk, a)];
    const y = this.#recorder.record("heads", inputs, (y, part, [r, w, k, v, kk, edit], run) => {
      const [address, step] = wholeAt(y, part);
      const rw = [...wholeAt(r!, part), ...wholeAt(w!, part)] as const;
      const kv = [...wholeAt(k!, part), ...wholeAt(v!, part)] as const;
      const delta = [...wholeAt(kk!, part), ...wholeAt(edit!, part)] as const;
      const heads = [this.#head, part.from, part.from + part.bytes] as const;
      const rows = [run.table, run.sequences, offset, step] as const;
      return stepOf("wkv7", address, ...rw, ...kv, ...delta, ...rows, ...heads);
    });
    return [y, { kind: "state", offset }];
  }

  bonus(r: Value, k: Value, v: Value, r_k: Value): Activation {
    return this.#recorder.record("channels", [r, k, v, r_k], (y, part, [r, k, v, r_k]) => {
      const [[address], [r_kAt]] = [partAt(y, part), partAt(r_k!, part)];
      const operands = [...partAt(r!, part), ...partAt(k!, part), ...partAt(v!, part)] as const;
      return stepOf("bonus", address, ...operands, r_kAt, part.rows, part.bytes, this.#head);
    });
  }

  /** Writes the rows of `x`, one a sequence, into their states. */
  store(x: Value, to: StatePart): void {
    this.#recorder.recordStore(x, (part, operand, { table }) => {
      const { row, rows, from, bytes } = part;
      const [at] = partAt(operand, part);
      return stepOf("store", at, table + row * ENTRY_BYTES, rows, to.offset + from, bytes);
    });
  }

  #norm(
    x: Value,
    { weight, bias }: Norm<Value>,
    eps: number,
    head: number | undefined,
  ): Activation {
    const how = head === undefined ? "row" : "channels";
    return this.#recorder.record(how, [x, weight, bias], (y, part, [x, weight, bias]) => {
      const { rows, bytes } = part;
      const constants = [partAt(weight!, part)[0], partAt(bias!, part)[0], eps] as const;
      const operands = [partAt(y, part)[0], ...partAt(x!, part), ...constants] as const;
      return stepOf("norm", ...operands, rows, bytes, head ?? bytes);
    });
  }

  #unary(kernel: "exp" | "tanh" | "sigmoid" | "silu" | "reluSquared", x: Value): Activation {
    return this.#recorder.record("channels", [x], (y, part, [x]) => {
      return stepOf(kernel, partAt(y, part)[0], ...partAt(x!, part), part.rows, part.bytes);
    });
  }

  #binary(kernel: "add" | "sub" | "mul", a: Value, b: Value): Activation {
    return this.#recorder.record("channels", [a, b], (y, part, [a, b]) => {
      const operands = [...partAt(a!, part), ...partAt(b!, part)] as const;
      return stepOf(kernel, partAt(y, part)[0], ...operands, part.rows, part.bytes);
    });
  }
}
