/**
 * The files of kernels, in the order in which the compiled module exports them. Another order makes other bytes, and the bytes
 * name the engine in stored states.
 */
export const KERNEL_FILES = [
  ...["elementwise", "functions", "layout_i4", "linear_bf16", "linear_f32", "linear_quantized"],
  ...["mix", "norm", "pack", "pack_i4", "sequences", "wkv4", "wkv"],
] as const;

/** A file in `kernels/`, without its suffix. */
export type KernelFile = (typeof KERNEL_FILES)[number];

/**
 * A row of the table of kernels: the file in `kernels/` that has the function, and its operands in order.
 *
 * All that is said of a kernel elsewhere follows from its row: its number in a step and the types of its calls (`steps.ts`),
 * and the dispatcher and the exports of the compiled module (`deno task kernels`). To add a kernel, write its function and add
 * a row.
 *
 * An operand is one word of 32 bits, an address or an integer, unless its name says otherwise:
 *
 * | suffix      | words                                                                     |
 * | ----------- | ------------------------------------------------------------------------- |
 * | `: rows`    | two: an address, and the bytes from a row to the next ("step")            |
 * | `: entries` | two: the address of the table of sequences, and how many entries it has   |
 * | `: f32`     | one: a float32                                                            |
 */
interface KernelRow {
  readonly file: KernelFile;
  readonly operands: readonly string[];
}

const BINARY = ["y", "a: rows", "b: rows", "count", "bytes"] as const;
const UNARY = ["y", "x: rows", "count", "bytes"] as const;
const QUANTIZE = ["y: rows", "x: rows", "count", "bytes"] as const;
const LINEAR = ["y: rows", "W", "groups", "x: rows", "xBytes", "tokens"] as const;
const PACK = ["W", "x", "rows", "columns"] as const;

/** The kernels that a run calls. A step names one by its position here, so new ones come last. */
export const STEP_KERNELS = {
  add: { file: "elementwise", operands: BINARY },
  sub: { file: "elementwise", operands: BINARY },
  mul: { file: "elementwise", operands: BINARY },
  exp: { file: "functions", operands: UNARY },
  tanh: { file: "functions", operands: UNARY },
  sigmoid: { file: "functions", operands: UNARY },
  silu: { file: "functions", operands: UNARY },
  reluSquared: { file: "functions", operands: UNARY },
  lerp: {
    file: "elementwise",
    operands: ["y", "x: rows", "xx: rows", "m: rows", "count", "bytes"],
  },
  scale: { file: "elementwise", operands: ["y", "x: rows", "factor: f32", "count", "bytes"] },
  norm: {
    file: "norm",
    operands: ["y", "x: rows", "weight", "bias", "eps: f32", "count", "bytes", "part"],
  },
  normalizeHeads: { file: "norm", operands: ["y", "x: rows", "count", "bytes", "head"] },
  bonus: {
    file: "norm",
    operands: ["y", "r: rows", "k: rows", "v: rows", "r_k", "count", "bytes", "head"],
  },
  tokenShift: {
    file: "sequences",
    operands: ["y", "x: rows", "sequences: entries", "prev", "bytes", "start", "end"],
  },
  last: { file: "sequences", operands: ["y", "x: rows", "sequences: entries", "bytes"] },
  store: { file: "sequences", operands: ["x", "sequences: entries", "to", "bytes"] },
  linearF32: { file: "linear_f32", operands: LINEAR },
  linearBf16: { file: "linear_bf16", operands: LINEAR },
  quantize: { file: "linear_quantized", operands: QUANTIZE },
  linearI8: {
    file: "linear_quantized",
    operands: [
      ...["y: rows", "W", "scales", "groups", "x: rows", "columns", "tokens", "first", "end"],
    ] as const,
  },
  quantizeGroups: { file: "linear_quantized", operands: QUANTIZE },
  linearI4: {
    file: "linear_quantized",
    operands: ["y: rows", "W", "groups", "x: rows", "columns", "tokens"],
  },
  wkv4: {
    file: "wkv4",
    operands: [
      ...["y", "k: rows", "v: rows", "log_w", "u", "sequences: entries"],
      ...["at", "bytes", "from", "to"],
    ] as const,
  },
  wkv6: {
    file: "wkv",
    operands: [
      ...["y", "r: rows", "w: rows", "k: rows", "v: rows", "u", "sequences: entries"],
      ...["at", "bytes", "head", "from", "to"],
    ] as const,
  },
  wkv7: {
    file: "wkv",
    operands: [
      ...["y", "r: rows", "w: rows", "k: rows", "v: rows", "kk: rows", "edit: rows"],
      ...["sequences: entries", "at", "bytes", "head", "from", "to"],
    ] as const,
  },
  quantizePositive: { file: "linear_quantized", operands: QUANTIZE },
  quantizeSparse: {
    file: "linear_quantized",
    operands: [...QUANTIZE, "outputs", "tally"] as const,
  },
  linearSparse: {
    file: "linear_quantized",
    operands: [
      ...["y: rows", "W", "scales", "outputs", "x: rows", "columns", "tokens", "first", "end"],
    ] as const,
  },
} as const satisfies Readonly<Record<string, KernelRow>>;

/** The kernels that prepare weights, and compute the fingerprint of a model. */
export const LOAD_KERNELS = {
  mix: { file: "mix", operands: ["lanes", "x", "bytes"] },
  widen: { file: "pack", operands: ["y", "x", "count", "type"] },
  transpose: { file: "pack", operands: ["y", "x", "rows", "columns"] },
  packF32: { file: "pack", operands: PACK },
  packBf16: { file: "pack", operands: PACK },
  packI8: { file: "pack", operands: ["W", "scales", "sums", "x", "rows", "columns"] },
  packSparse: {
    file: "pack",
    operands: ["W", "scales", "x", "rows", "columns", "outputs"],
  },
  unpackI8: { file: "pack", operands: ["y", "W", "scales", "row", "columns"] },
  packI4: { file: "pack_i4", operands: PACK },
} as const satisfies Readonly<Record<string, KernelRow>>;

/** Exported masks, so that the host's compiler does not take them for constants: see `kernels/layout_i4.ts`. */
export const KERNEL_GLOBALS = {
  lowDigits: { file: "layout_i4" },
  lowestDigits: { file: "layout_i4" },
} as const;

/** A kernel that a step can call. */
export type StepKernel = keyof typeof STEP_KERNELS;

/** The words of an operand. */
type Words<Operand extends string> = Operand extends `${string}: rows`
  ? readonly [address: number, step: number]
  : Operand extends `${string}: entries` ? readonly [table: number, count: number]
  : readonly [number];

/** The words of operands, in order. */
type OperandWords<Operands extends readonly string[]> = Operands extends
  readonly [infer First extends string, ...infer Others extends readonly string[]]
  ? readonly [...Words<First>, ...OperandWords<Others>]
  : readonly [];

/** The operands of a kernel by name: a number, or two words. */
export type NamedOperands<Kernel extends StepKernel> = {
  readonly [
    Operand in (typeof STEP_KERNELS)[Kernel]["operands"][number] as NameOf<Operand>
  ]: Words<Operand> extends readonly [number] ? number : Words<Operand>;
};

type NameOf<Operand extends string> = Operand extends `${infer Name}: ${string}` ? Name : Operand;

/** A table's kernels as the compiled module exports them: functions of words. */
export type KernelCalls<Table extends Readonly<Record<string, KernelRow>>> = {
  readonly [Name in keyof Table]: (...words: OperandWords<Table[Name]["operands"]>) => void;
};

/** The name of an operand, and its suffix if it has one. */
export function parseOperand(operand: string): readonly [name: string, suffix: string | undefined] {
  const [name, suffix] = operand.split(": ");
  return [name!, suffix];
}

/** Which words of a kernel's operands are float32. */
export function floatWords({ operands }: KernelRow): boolean[] {
  return operands.flatMap((operand) => {
    const [, suffix] = parseOperand(operand);
    return suffix === "rows" || suffix === "entries" ? [false, false] : [suffix === "f32"];
  });
}
