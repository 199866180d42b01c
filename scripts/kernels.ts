/**
 * Writes the generated sources of the SIMD engine's kernels, and compiles all of them.
 *
 * @module
 */
import { compileKernels, KERNELS, SOURCES } from "./kernels/compile.ts";
import { generatedSources } from "./kernels/generate.ts";

for (const [name, source] of Object.entries(generatedSources())) {
  await Deno.writeTextFile(new URL(name, SOURCES), source);
}
for (const { build, output } of KERNELS) {
  const wasm = await compileKernels(build);
  await Deno.writeFile(output, wasm);
  console.log(`${output.pathname}: ${wasm.length} bytes`);
}
