import asc from "assemblyscript/asc";

/** The sources of the kernels. */
export const SOURCES = new URL("../../src/engine/simd/kernels/", import.meta.url);

/** What the sources are compiled to, and what for. */
export const KERNELS = [
  { build: "plain", output: new URL("../../src/engine/simd/kernels.wasm", import.meta.url) },
  {
    build: "relaxed",
    output: new URL("../../src/engine/simd/kernels_relaxed.wasm", import.meta.url),
  },
] as const;

/** The AssemblyScript compiler refused the sources. */
export class KernelsError extends Error {
  override readonly name = "KernelsError";
}

/**
 * Compiles kernels. The same sources give the same bytes.
 *
 * @throws {KernelsError} with what the compiler says
 */
export async function compileKernels(
  build: (typeof KERNELS)[number]["build"],
): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const options = [
    "-O3",
    "--runtime",
    "stub",
    "--noAssert",
    "--enable",
    "simd",
    ...(build === "relaxed" ? ["--enable", "relaxed-simd"] : []),
    // V8 compares what it knows to be within the first memory with nothing at run time: constant parts of addresses.
    "--initialMemory",
    "1",
  ];
  const { error, stderr } = await asc.main(["index.ts", "--outFile", "kernels.wasm", ...options], {
    readFile: (name) => Deno.readTextFile(new URL(name, SOURCES)).catch(() => null),
    writeFile(_name, contents) {
      if (typeof contents !== "string") wasm = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) throw new KernelsError(`${error}\n${stderr}`);
  return wasm;
}
