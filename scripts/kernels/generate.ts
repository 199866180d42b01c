import {
  floatWords,
  KERNEL_FILES,
  KERNEL_GLOBALS,
  type KernelFile,
  LOAD_KERNELS,
  STEP_KERNELS,
} from "../../src/engine/simd/kernel_table.ts";

const NOTICE = "// Written by `deno task kernels` from ../kernel_table.ts.\n";

/** Words of operands on one line. */
const WORDS_A_LINE = 11;

/** The names of kernels by the file that has them. */
function byFile(table: Readonly<Record<string, { readonly file: KernelFile }>>) {
  return KERNEL_FILES.map((file) => ({
    file,
    names: Object.keys(table).filter((name) => table[name]!.file === file).sort(),
  })).filter(({ names }) => names.length > 0);
}

/** The statements that import or export kernels from their files. */
function statements(
  keyword: "import" | "export",
  table: Parameters<typeof byFile>[0],
): string {
  return byFile(table)
    .map(({ file, names }) => `${keyword} { ${names.join(", ")} } from "./${file}";\n`)
    .join("");
}

/** The dispatcher, `kernels/execute.ts`. */
function execute(): string {
  const cases = Object.entries(STEP_KERNELS).map(([name, row], number) => {
    const words = floatWords(row).map((isFloat, word) => `${isFloat ? "f" : "n"}(s, ${word})`);
    const lines: string[] = [];
    for (let at = 0; at < words.length; at += WORDS_A_LINE) {
      lines.push(words.slice(at, at + WORDS_A_LINE).join(", "));
    }
    const [first, ...others] = lines;
    if (others.length === 0) return `      case ${number}: ${name}(${first}); break;\n`;
    const operands = lines.map((line) => `          ${line},\n`).join("");
    return `      case ${number}:\n        ${name}(\n${operands}        );\n        break;\n`;
  });
  return `${NOTICE}${statements("import", STEP_KERNELS)}
/** A word of a step that is an address or a whole number. */
// @ts-ignore: decorator
@inline
function n(step: usize, index: usize): usize {
  return load<usize>(step + (index << 2));
}

/** A word of a step that is a float32. */
// @ts-ignore: decorator
@inline
function f(step: usize, index: usize): f32 {
  return load<f32>(step + (index << 2));
}

/**
 * Executes steps one after the other: a run calls some hundred kernels, and many take less time than a call from
 * JavaScript does.
 *
 * A step is the kernel's number, the bytes to the next step, and the operands: words of 32 bits.
 */
export function execute(step: usize, end: usize): void {
  while (step < end) {
    const next = step + n(step, 1);
    const s = step + 8;
    switch (<i32> n(step, 0)) {
${cases.join("")}    }
    step = next;
  }
}
`;
}

/** The entry of the compiled module, `kernels/index.ts`. */
function index(): string {
  return `${NOTICE}/**
 * Kernels of the SIMD engine, in AssemblyScript. They are compiled twice: to ../kernels.wasm, and for hosts that have the
 * relaxed dot product, which gives the same numbers, to ../kernels_relaxed.wasm.
 *
 * They work on one memory, which the module exports and whose layout the engine decides; they hold no data of their own.
 * All numbers are float32 unless a comment says otherwise. Pointers and row sizes ("step") are in bytes. Sizes are
 * multiples of four numbers, since a vector holds four. No sum depends on how many tokens or sequences are computed
 * together, and nothing is used whose result the WebAssembly specification leaves open: the same inputs give the same bits
 * everywhere.
 */
export { execute } from "./execute";
${statements("export", { ...STEP_KERNELS, ...LOAD_KERNELS, ...KERNEL_GLOBALS })}`;
}

/** The AssemblyScript files that are generated, by their name in `kernels/`. */
export function generatedSources(): Readonly<Record<"execute.ts" | "index.ts", string>> {
  return { "execute.ts": execute(), "index.ts": index() };
}
