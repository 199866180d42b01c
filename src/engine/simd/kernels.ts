import type { KernelCalls, LOAD_KERNELS, STEP_KERNELS } from "./kernel_table.ts";
import { readNear } from "./read_near.ts";
import { IMPORT, importSharedMemory } from "./threads/share_memory.ts";

/** What the compiled module exports. */
export type Kernels =
  & KernelCalls<typeof STEP_KERNELS>
  & KernelCalls<typeof LOAD_KERNELS>
  & {
    readonly memory: WebAssembly.Memory;
    /** Executes the steps between two addresses: see `steps.ts`. */
    execute(step: number, end: number): void;
  };

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
