/**
 * Compiles the kernels of the SIMD engine.
 *
 * @module
 */
import { compileKernels, KERNELS } from "./kernels/compile.ts";

for (const { entry, output } of KERNELS) {
  const wasm = await compileKernels(entry);
  await Deno.writeFile(output, wasm);
  console.log(`${output.pathname}: ${wasm.length} bytes`);
}
