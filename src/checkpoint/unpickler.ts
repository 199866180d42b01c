import { InvalidCheckpointError, UnsafePickleError } from "./checkpoint_error.ts";

/**
 * Steps of a pickle that are carried out, so that a small file cannot fill the memory: each makes one small object at
 * most. A model with a thousand tensors takes some 50,000.
 */
const MAX_STEPS = 2_000_000;

/** A class or function that a pickle may name. */
export class PickleGlobal {
  constructor(
    /** Its module and name in Python, such as `collections.OrderedDict`. */
    readonly name: string,
    /** What a call of it gives. Absent where it can only be named. */
    readonly call?: (args: readonly unknown[]) => unknown,
  ) {}
}

/** What the format that is stored as a pickle adds to it. */
export interface UnpickleOptions {
  /** The file, for messages. */
  readonly file: string;
  /** All that the pickle may name. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** Gives the object that is stored outside of the pickle under this id. */
  readonly persistentLoad: (id: unknown) => unknown;
}

/**
 * Reads a pickle of protocol 2 that holds plain data: tuples and lists become arrays, dicts become `Map`s, integers beyond
 * 2^53 become bigints. Only what is on the list of globals can be named or called, and nothing else is ever run.
 *
 * Source: Lib/pickletools.py of CPython, which documents every opcode.
 *
 * @throws {UnsafePickleError} When a global is named that is not on the list.
 * @throws {InvalidCheckpointError} When the pickle is damaged, or uses more of the format than plain data do.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode("}X\x01\0\0\0aK\x07s.");
 * const value = unpickle(bytes, { file: "example", globals: new Map(), persistentLoad: () => null });
 * assert.deepEqual(value, new Map([["a", 7]]));
 * ```
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): unknown {
  return new Unpickler(bytes, options).load();
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: UnpickleOptions;
  readonly #stack: unknown[] = [];
  /** How high the stack was at each mark that is still open. */
  readonly #marks: number[] = [];
  readonly #memo: Map<number, unknown> = new Map();
  #position = 0;

  constructor(bytes: Uint8Array, options: UnpickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  load(): unknown {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const opcode = String.fromCharCode(this.#uint8());
      if (opcode === ".") return this.#pop();
      this.#step(opcode);
    }
    throw this.#invalid(`is longer than ${MAX_STEPS} steps`);
  }

  #step(opcode: string): void {
    const stack = this.#stack;
    switch (opcode) {
      case "\x80": // PROTO
        return this.#checkProtocol(this.#uint8());
      case "(": // MARK
        return void this.#marks.push(stack.length);

      case "N": // NONE
        return void stack.push(null);
      case "\x88": // NEWTRUE
        return void stack.push(true);
      case "\x89": // NEWFALSE
        return void stack.push(false);
      case "K": // BININT1
        return void stack.push(this.#uint8());
      case "M": // BININT2
        return void stack.push(this.#view.getUint16(this.#take(2), true));
      case "J": // BININT
        return void stack.push(this.#view.getInt32(this.#take(4), true));
      case "\x8a": // LONG1
        return void stack.push(this.#long(this.#uint8()));
      case "G": // BINFLOAT, the one value that is big-endian
        return void stack.push(this.#view.getFloat64(this.#take(8)));
      case "X": // BINUNICODE
        return void stack.push(this.#text(this.#uint32()));

      case ")": // EMPTY_TUPLE
      case "]": // EMPTY_LIST
        return void stack.push([]);
      case "\x85": // TUPLE1
        return void stack.push([this.#pop()]);
      case "\x86": // TUPLE2
        return void stack.push([this.#pop(), this.#pop()].reverse());
      case "\x87": // TUPLE3
        return void stack.push([this.#pop(), this.#pop(), this.#pop()].reverse());
      case "t": // TUPLE
        return void stack.push(this.#popToMark());
      case "a": // APPEND
        return this.#append([this.#pop()]);
      case "e": // APPENDS
        return this.#append(this.#popToMark());

      case "}": // EMPTY_DICT
        return void stack.push(new Map());
      case "s": // SETITEM
        return this.#setItems([this.#pop(), this.#pop()].reverse());
      case "u": // SETITEMS
        return this.#setItems(this.#popToMark());

      case "q": // BINPUT
        return void this.#memo.set(this.#uint8(), this.#top());
      case "r": // LONG_BINPUT
        return void this.#memo.set(this.#uint32(), this.#top());
      case "h": // BINGET
        return void stack.push(this.#recall(this.#uint8()));
      case "j": // LONG_BINGET
        return void stack.push(this.#recall(this.#uint32()));

      case "c": // GLOBAL
        return void stack.push(this.#global(`${this.#line()}.${this.#line()}`));
      case "R": // REDUCE
        return this.#reduce(this.#pop(), this.#pop());
      case "b": // BUILD
        return this.#build(this.#pop());
      case "Q": // BINPERSID
        return void stack.push(this.#options.persistentLoad(this.#pop()));
      default:
        throw this.#invalid(
          `uses the opcode 0x${opcode.charCodeAt(0).toString(16).padStart(2, "0")}`,
        );
    }
  }

  #checkProtocol(protocol: number): void {
    if (protocol !== 2) {
      throw this.#invalid(`has protocol ${protocol}; save the checkpoint with protocol 2`);
    }
  }

  /** Moves past `length` bytes, and tells where they start. */
  #take(length: number): number {
    if (length > this.#bytes.length - this.#position) throw this.#invalid("ends too early");
    const start = this.#position;
    this.#position += length;
    return start;
  }

  #uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** An integer in two's complement, of as many bytes as it needs. */
  #long(length: number): number | bigint {
    const start = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = value << 8n | BigInt(this.#bytes[start + i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #text(length: number): string {
    const start = this.#take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw this.#invalid("has a string that is not UTF-8");
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end === -1) throw this.#invalid("ends too early");
    const line = this.#text(end - this.#position);
    this.#take(1);
    return line;
  }

  #top(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.#invalid("takes from nothing");
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    this.#top();
    return this.#stack.pop();
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#invalid("has no mark where it needs one");
    return this.#stack.splice(mark);
  }

  #recall(index: number): unknown {
    if (!this.#memo.has(index)) throw this.#invalid(`recalls ${index}, which it never put away`);
    return this.#memo.get(index);
  }

  #append(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#invalid("appends to what is no list");
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#invalid("sets an item of what is no dict");
    if (items.length % 2 !== 0) throw this.#invalid("has a key without a value");
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  #global(name: string): PickleGlobal {
    const global = this.#options.globals.get(name);
    if (!global) throw new UnsafePickleError(this.#options.file, name);
    return global;
  }

  #reduce(args: unknown, callee: unknown): void {
    if (!(callee instanceof PickleGlobal && callee.call && Array.isArray(args))) {
      throw this.#invalid("calls what is no function");
    }
    this.#stack.push(callee.call(args));
  }

  /** Sets attributes of an object. A state dict has one, `_metadata`: versions of PyTorch's modules, of no use here. */
  #build(_attributes: unknown): void {
    if (!(this.#top() instanceof Map)) throw this.#invalid("sets attributes of what is no dict");
  }

  #invalid(what: string): InvalidCheckpointError {
    return new InvalidCheckpointError(
      this.#options.file,
      `its pickle ${what}, at byte ${this.#position}`,
    );
  }
}
