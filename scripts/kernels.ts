/**
 * Compiles the kernels of the SIMD engine.
 *
 * @module
 */
import { compileKernels, KERNELS } from "./kernels/compile.ts";

const wasm = await compileKernels();
await Deno.writeFile(KERNELS, wasm);
console.log(`${KERNELS.pathname}: ${wasm.length} bytes`);
