/**
 * Compiles the kernels of the SIMD engine.
 *
 * @module
 */
import { compileKernels, KERNELS } from "./kernels/compile.ts";

for (const { build, output } of KERNELS) {
  const wasm = await compileKernels(build);
  await Deno.writeFile(output, wasm);
  console.log(`${output.pathname}: ${wasm.length} bytes`);
}
