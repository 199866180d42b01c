import { MAX_SIMD_THREADS } from "../../engine/engine_options.ts";
import { readNear } from "../../engine/simd/read_near.ts";
import { availableMemory } from "../../models/available_memory.ts";
import { formatBytes } from "../progress.ts";
import type { Check } from "./check.ts";

/** Memory below which even small models are short of it, in bytes. */
const LITTLE_MEMORY = 300e6;

/** Checks what the machine and the runtime offer to the engine. */
export async function checkMachine(threads: number): Promise<Check[]> {
  return [
    { name: "runtime", status: "ok", detail: `Deno ${Deno.version.deno}, ${Deno.build.target}` },
    await checkSimd(),
    await checkRelaxedSimd(),
    checkThreads(threads),
    await checkMemory(),
  ];
}

const kernels = (file: string) =>
  readNear(`./${file}`, new URL("../../engine/simd/", import.meta.url).href);

async function checkSimd(): Promise<Check> {
  const name = "simd";
  if (WebAssembly.validate(await kernels("kernels.wasm"))) {
    return { name, status: "ok", detail: "WebAssembly SIMD" };
  }
  const detail = "This runtime has no WebAssembly SIMD: set TERN_ENGINE=ort, which is slower";
  return { name, status: "fail", detail };
}

async function checkRelaxedSimd(): Promise<Check> {
  const name = "relaxed simd";
  if (WebAssembly.validate(await kernels("kernels_relaxed.wasm"))) {
    return { name, status: "ok", detail: "relaxed dot products" };
  }
  return { name, status: "warn", detail: "No relaxed dot products: int8 weights are slower" };
}

function checkThreads(threads: number): Check {
  const name = "threads";
  const cores = navigator.hardwareConcurrency;
  if (!("SharedArrayBuffer" in globalThis)) {
    return {
      name,
      status: "warn",
      detail: "No shared memory: the engine computes with one thread",
    };
  }
  if (threads > cores) {
    const detail = `TERN_THREADS=${threads}, but there are ${cores} cores: more is slower`;
    return { name, status: "warn", detail };
  }
  const most = Math.min(cores, MAX_SIMD_THREADS);
  const advice = threads < most ? `; large models are faster with TERN_THREADS=${most}` : "";
  return { name, status: "ok", detail: `${threads} of ${cores} cores${advice}` };
}

async function checkMemory(): Promise<Check> {
  const available = await availableMemory();
  const detail = `${formatBytes(available)} available of ${
    formatBytes(Deno.systemMemoryInfo().total)
  }`;
  return { name: "memory", status: available < LITTLE_MEMORY ? "warn" : "ok", detail };
}
