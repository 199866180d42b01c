import { readNear } from "./read_near.ts";
import { IMPORT, importSharedMemory } from "./threads/share_memory.ts";

/**
 * What the compiled kernels export. Addresses, sizes of rows ("step") and counts of bytes are those of the sources in
 * `kernels/`, where each is described.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** Calls kernels as steps say that lie between two addresses: see `steps.ts`. */
  execute(step: number, end: number): void;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly exp: Unary;
  readonly tanh: Unary;
  readonly sigmoid: Unary;
  readonly silu: Unary;
  readonly reluSquared: Unary;
  lerp(
    ...args: [y: number, ...x: Rows, ...xx: Rows, ...m: Rows, rows: number, bytes: number]
  ): void;
  scale(...args: [y: number, ...x: Rows, factor: number, rows: number, bytes: number]): void;
  readonly linearF32: LinearFloat;
  readonly linearBf16: LinearFloat;
  quantize(...args: [...y: Rows, ...x: Rows, rows: number, bytes: number]): void;
  linearI8(
    ...args: [
      ...y: Rows,
      W: number,
      scales: number,
      groups: number,
      ...x: Rows,
      columns: number,
      tokens: number,
      first: number,
      end: number,
    ]
  ): void;
  quantizeGroups(...args: [...y: Rows, ...x: Rows, rows: number, bytes: number]): void;
  linearI4(
    ...args: [...y: Rows, W: number, groups: number, ...x: Rows, columns: number, tokens: number]
  ): void;
  mix(lanes: number, x: number, bytes: number): void;
  widen(y: number, x: number, count: number, type: number): void;
  transpose(y: number, x: number, rows: number, columns: number): void;
  packF32(W: number, x: number, rows: number, columns: number): void;
  packBf16(W: number, x: number, rows: number, columns: number): void;
  packI4(W: number, x: number, rows: number, columns: number): void;
  packI8(
    ...args: [W: number, scales: number, sums: number, x: number, rows: number, columns: number]
  ): void;
  unpackI8(y: number, W: number, scales: number, row: number, columns: number): void;
  norm(
    ...args: [
      y: number,
      ...x: Rows,
      weight: number,
      bias: number,
      eps: number,
      rows: number,
      bytes: number,
      part: number,
    ]
  ): void;
  normalizeHeads(
    ...args: [y: number, ...x: Rows, rows: number, bytes: number, head: number]
  ): void;
  bonus(
    ...args: [
      y: number,
      ...r: Rows,
      ...k: Rows,
      ...v: Rows,
      r_k: number,
      rows: number,
      bytes: number,
      head: number,
    ]
  ): void;
  tokenShift(
    ...args: [
      y: number,
      ...x: Rows,
      ...Sequences,
      prev: number,
      bytes: number,
      start: number,
      end: number,
    ]
  ): void;
  last(...args: [y: number, ...x: Rows, ...Sequences, bytes: number]): void;
  store(...args: [x: number, ...Sequences, to: number, bytes: number]): void;
  wkv4(
    ...args: [
      y: number,
      ...k: Rows,
      ...v: Rows,
      log_w: number,
      u: number,
      ...Sequences,
      at: number,
      bytes: number,
      from: number,
      to: number,
    ]
  ): void;
  wkv6(
    ...args: [
      y: number,
      ...r: Rows,
      ...w: Rows,
      ...k: Rows,
      ...v: Rows,
      u: number,
      ...Sequences,
      at: number,
      bytes: number,
      head: number,
      from: number,
      to: number,
    ]
  ): void;
  wkv7(
    ...args: [
      y: number,
      ...r: Rows,
      ...w: Rows,
      ...k: Rows,
      ...v: Rows,
      ...kk: Rows,
      ...edit: Rows,
      ...Sequences,
      at: number,
      bytes: number,
      head: number,
      from: number,
      to: number,
    ]
  ): void;
}

type Rows = [address: number, step: number];
type Sequences = [table: number, count: number];

/** A function of each number. */
export type Unary = (...args: [y: number, ...x: Rows, rows: number, bytes: number]) => void;

/** A function of each two numbers. */
export type Binary = (
  ...args: [y: number, ...a: Rows, ...b: Rows, rows: number, bytes: number]
) => void;

/** y = W x with numbers that are not whole. */
type LinearFloat = (
  ...args: [...y: Rows, W: number, groups: number, ...x: Rows, xBytes: number, tokens: number]
) => void;

/** The kernels before they have a memory, and what names them. */
export interface KernelsModule {
  readonly module: WebAssembly.Module;
  /** The start of the SHA-256 of the plain kernels' code: other kernels, other bits. */
  readonly id: string;
}

/** Which of the compiled kernels to take. They give the same bits. */
export type KernelsBuild = "plain" | "relaxed";

/**
 * Reads and compiles the kernels: those with the relaxed dot product where the host has it.
 *
 * @param build these and no others
 * @param isShared whether for {@linkcode instantiateShared}
 */
export async function loadKernels(
  build?: KernelsBuild,
  isShared = false,
): Promise<KernelsModule> {
  const [plain, relaxed] = await Promise.all([
    readNear("./kernels.wasm", import.meta.url),
    readNear("./kernels_relaxed.wasm", import.meta.url),
  ]);
  const isRelaxed = build === undefined ? WebAssembly.validate(relaxed) : build === "relaxed";
  const code = isRelaxed ? relaxed : plain;
  // At once: it is small, and each function is compiled when it is first called.
  const module = new WebAssembly.Module(isShared ? importSharedMemory(code) : code);
  return await namedKernels(plain, module);
}

/**
 * Kernels that were compiled elsewhere: some hosts do that only before they run a program.
 *
 * @param plain the code of the plain kernels, whether or not the module is these
 */
export async function namedKernels(
  plain: Uint8Array<ArrayBuffer>,
  module: WebAssembly.Module,
): Promise<KernelsModule> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", plain));
  return { module, id: hash.subarray(0, 4).toHex() };
}

/** The kernels with a memory of their own, which is empty. */
export async function instantiateKernels({ module }: KernelsModule): Promise<Kernels> {
  const { exports } = await WebAssembly.instantiate(module);
  return exports as unknown as Kernels;
}

/** The kernels over a memory that other threads have as well. */
export async function instantiateShared(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Kernels> {
  const imports = { [IMPORT.module]: { [IMPORT.name]: memory } };
  const { exports } = await WebAssembly.instantiate(module, imports);
  return { ...exports, memory } as unknown as Kernels;
}
