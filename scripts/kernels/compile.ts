import asc from "assemblyscript/asc";

/** The sources of the kernels. */
const SOURCES = new URL("../../src/engine/simd/kernels/", import.meta.url);

/** Where the compiled kernels are kept. */
export const KERNELS = new URL("../../src/engine/simd/kernels.wasm", import.meta.url);

/** The AssemblyScript compiler refused the sources. */
export class KernelsError extends Error {
  override readonly name = "KernelsError";
}

/**
 * Compiles the kernels. The same sources give the same bytes.
 *
 * @throws {KernelsError} with what the compiler says
 */
export async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const options = [
    "-O3",
    "--runtime",
    "stub",
    "--noAssert",
    "--enable",
    "simd",
    "--initialMemory",
    "0",
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
