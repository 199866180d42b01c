import type { Operations } from "../../rwkv/operations.ts";
import type { Norm } from "../../rwkv/parameters.ts";
import type { CallList } from "./call_list.ts";
import { CallRecorder } from "./call_recorder.ts";
import { MatrixProducts } from "./matrix_products.ts";
import { stepOf } from "./steps.ts";
import {
  type Activation,
  addressAt,
  ENTRY_BYTES,
  expectKind,
  newActivation,
  type Part,
  partAt,
  type RunSizes,
  type StatePart,
  type Value,
  wholeAt,
} from "./value.ts";
import type { SparseMatrix, Weights } from "./weights.ts";

const LAYER_NORM_EPS = 1e-5;

type Inputs<Name extends "wkv4" | "wkv6" | "wkv7"> = Parameters<Operations<Value>[Name]>[0];

/**
 * RWKV's operations as kernel calls. An activation `[B, T, D]` is a buffer with one row per token, sequence after sequence:
 * sequences of any mix of lengths go through the weights together.
 *
 * States are changed in place: a recurrence returns the state that it was given.
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

  /** The matrices by column. */
  get sparse(): readonly SparseMatrix[] {
    return this.#products.sparse;
  }

  add = (a: Value, b: Value) => this.#binary("add", a, b);
  sub = (a: Value, b: Value) => this.#binary("sub", a, b);
  mul = (a: Value, b: Value) => this.#binary("mul", a, b);
  exp = (x: Value) => this.#unary("exp", x);
  tanh = (x: Value) => this.#unary("tanh", x);
  sigmoid = (x: Value) => this.#unary("sigmoid", x);
  silu = (x: Value) => this.#unary("silu", x);
  reluSquared = (x: Value) => this.#products.markSparse(this.#unary("reluSquared", x));

  scale(x: Value, factor: number): Activation {
    return this.#recorder.record("channels", [x], (y, part, [x]) =>
      stepOf("scale", {
        ...{ y: addressAt(y, part), x: partAt(x!, part), factor },
        ...countAndBytes(part),
      }));
  }

  lerp(x: Value, xx: Value, m: Value): Activation {
    return this.#recorder.record("channels", [x, xx, m], (y, part, [x, xx, m]) =>
      stepOf("lerp", {
        ...{ y: addressAt(y, part), x: partAt(x!, part), xx: partAt(xx!, part) },
        ...{ m: partAt(m!, part), ...countAndBytes(part) },
      }));
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
    return this.#recorder.record("channels", [x], (y, part, [x]) =>
      stepOf("normalizeHeads", {
        ...{ y: addressAt(y, part), x: partAt(x!, part) },
        ...{ ...countAndBytes(part), head: this.#head },
      }));
  }

  tokenShift(x: Value, prev: Value): Activation {
    const { offset } = expectKind(prev, "state");
    return this.#recorder.record("channels", [x], (y, part, [x], { table, sequences }) => {
      const { row, rows, from, bytes } = part;
      const [to] = wholeAt(y, part), [at, step] = wholeAt(x!, part);
      return stepOf("tokenShift", {
        ...{ y: to + from, x: [at + from, step], sequences: [table, sequences] },
        ...{ prev: offset + from, bytes, start: row, end: row + rows },
      });
    }, { crossesRows: true, readsShift: true });
  }

  last(x: Value): Activation {
    const result = newActivation("sequences", expectKind(x, "activation").width);
    return this.#recorder.record("channels", [x], (y, part, [x], { table }) => {
      const [at, step] = wholeAt(x!, part);
      return stepOf("last", {
        ...{ y: addressAt(y, part), x: [at + part.from, step] },
        ...{ sequences: entriesOf(part, table), bytes: part.bytes },
      });
    }, { result, rows: ({ sequences }) => sequences, crossesRows: true });
  }

  wkv4({ k, v, log_w, u }: Inputs<"wkv4">, state: Value): [Activation, StatePart] {
    const { offset } = expectKind(state, "state");
    const y = this.#recorder.record(
      "heads",
      [k, v, log_w, u],
      (y, part, [k, v, log_w, u], run) =>
        stepOf("wkv4", {
          ...{ k: wholeAt(k!, part), v: wholeAt(v!, part) },
          ...{ log_w: log_w!.buffer.address, u: u!.buffer.address },
          ...recurrence(y, part, run, offset),
        }),
    );
    return [y, { kind: "state", offset }];
  }

  wkv6({ r, k, v, log_w, u }: Inputs<"wkv6">, state: Value): [Activation, StatePart] {
    const { offset } = expectKind(state, "state");
    const inputs = [r, this.exp(log_w), k, v, u];
    const y = this.#recorder.record(
      "heads",
      inputs,
      (y, part, [r, w, k, v, u], run) =>
        stepOf("wkv6", {
          ...{ r: wholeAt(r!, part), w: wholeAt(w!, part), k: wholeAt(k!, part) },
          ...{ v: wholeAt(v!, part), u: wholeAt(u!, part)[0] },
          ...{ ...recurrence(y, part, run, offset), head: this.#head },
        }),
    );
    return [y, { kind: "state", offset }];
  }

  wkv7({ r, log_w, k, v, kk, a }: Inputs<"wkv7">, state: Value): [Activation, StatePart] {
    const { offset } = expectKind(state, "state");
    const inputs = [r, this.exp(log_w), k, v, kk, this.mul(kk, a)];
    const y = this.#recorder.record(
      "heads",
      inputs,
      (y, part, [r, w, k, v, kk, edit], run) =>
        stepOf("wkv7", {
          ...{ r: wholeAt(r!, part), w: wholeAt(w!, part), k: wholeAt(k!, part) },
          ...{ v: wholeAt(v!, part), kk: wholeAt(kk!, part), edit: wholeAt(edit!, part) },
          ...{ ...recurrence(y, part, run, offset), head: this.#head },
        }),
    );
    return [y, { kind: "state", offset }];
  }

  bonus(r: Value, k: Value, v: Value, r_k: Value): Activation {
    return this.#recorder.record(
      "channels",
      [r, k, v, r_k],
      (y, part, [r, k, v, r_k]) =>
        stepOf("bonus", {
          ...{
            y: addressAt(y, part),
            r: partAt(r!, part),
            k: partAt(k!, part),
            v: partAt(v!, part),
          },
          ...{ r_k: addressAt(r_k!, part), ...countAndBytes(part), head: this.#head },
        }),
    );
  }

  /** Writes the rows of `x`, one per sequence, into their states. */
  store(x: Value, to: StatePart): void {
    this.#recorder.recordStore(x, (part, operand, { table }) =>
      stepOf("store", {
        ...{ x: addressAt(operand, part), sequences: entriesOf(part, table) },
        ...{ to: to.offset + part.from, bytes: part.bytes },
      }));
  }

  #norm(
    x: Value,
    { weight, bias }: Norm<Value>,
    eps: number,
    head: number | undefined,
  ): Activation {
    const how = head === undefined ? "row" : "channels";
    return this.#recorder.record(
      how,
      [x, weight, bias],
      (y, part, [x, weight, bias]) =>
        stepOf("norm", {
          ...{ y: addressAt(y, part), x: partAt(x!, part) },
          ...{ weight: addressAt(weight!, part), bias: addressAt(bias!, part), eps },
          ...{ ...countAndBytes(part), part: head ?? part.bytes },
        }),
    );
  }

  #unary(kernel: "exp" | "tanh" | "sigmoid" | "silu" | "reluSquared", x: Value): Activation {
    return this.#recorder.record(
      "channels",
      [x],
      (y, part, [x]) =>
        stepOf(kernel, { y: addressAt(y, part), x: partAt(x!, part), ...countAndBytes(part) }),
    );
  }

  #binary(kernel: "add" | "sub" | "mul", a: Value, b: Value): Activation {
    return this.#recorder.record("channels", [a, b], (y, part, [a, b]) =>
      stepOf(kernel, {
        ...{ y: addressAt(y, part), a: partAt(a!, part), b: partAt(b!, part) },
        ...countAndBytes(part),
      }));
  }
}

/** The rows of a part, and the bytes of its channels. */
function countAndBytes({ rows, bytes }: Part) {
  return { count: rows, bytes };
}

/** The sequences that the rows of a part are of. */
function entriesOf({ row, rows }: Part, table: number): [table: number, count: number] {
  return [table + row * ENTRY_BYTES, rows];
}

/**
 * The operands that all recurrences have.
 *
 * @param at where the WKV part lies in a state
 */
function recurrence(y: Activation, part: Part, { table, sequences }: RunSizes, at: number) {
  const [address, bytes] = wholeAt(y, part);
  const [from, to] = [part.from, part.from + part.bytes];
  return { y: address, sequences: [table, sequences] as const, at, bytes, from, to };
}
