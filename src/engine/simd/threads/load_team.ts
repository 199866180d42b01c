import type { Checkpoint } from "../../../checkpoint/checkpoint.ts";
import {
  instantiateKernels,
  instantiateShared,
  type KernelsBuild,
  type KernelsModule,
  loadKernels,
} from "../kernels.ts";
import type { Call } from "../call.ts";
import { Program, type ProgramModel } from "../program.ts";
import { SharedCalls } from "./shared_calls.ts";
import { Team } from "./team.ts";
import { ThreadsUnavailableError } from "./thread_error.ts";

const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** How {@linkcode loadTeam} loads. */
export interface LoadTeamOptions {
  /** Kernels with a memory of their own. */
  readonly own: KernelsModule;
  /** Which of the kernels to take. */
  readonly build: KernelsBuild | KernelsModule | undefined;
  readonly threads: number;
}

/** A model over memory that threads share, and the threads. */
export interface LoadedTeam {
  readonly program: Program;
  readonly team: Team;
  /** The model's fingerprint. */
  readonly fingerprint: string;
}

/**
 * Loads a model that several threads compute. They start while the weights are read.
 *
 * @throws {ThreadsUnavailableError}
 * @throws {OutOfMemoryError} before anything is read
 */
export async function loadTeam(
  checkpoint: Checkpoint,
  model: ProgramModel,
  { own, build, threads: count }: LoadTeamOptions,
): Promise<LoadedTeam> {
  for (const name of ["SharedArrayBuffer", "Worker"]) {
    if (!(name in globalThis)) throw new ThreadsUnavailableError(`This runtime has no ${name}`);
  }
  if (typeof build === "object") {
    throw new ThreadsUnavailableError("The kernels that are given have a memory of their own");
  }
  const { n_embd, head_size } = model.config;
  const widths = { row: n_embd * FLOAT, head: head_size * FLOAT };
  const divide = (calls: readonly Call[]) => new SharedCalls(calls, count, widths);
  // The size of the memory is known once the calls are recorded. These kernels are never called.
  const memory = new Program(await instantiateKernels(own), model, divide).sharedMemory();
  const { module } = await loadKernels(build, true);
  const kernels = await instantiateShared(module, memory);
  const program = new Program(kernels, model, divide);
  const starting = Team.start(kernels, { module, memory }, count);
  starting.catch(() => {}); // told when the weights are there
  try {
    const fingerprint = await program.load(checkpoint);
    return { program, team: await starting, fingerprint };
  } catch (error) {
    starting.then((team) => team.close(), () => {});
    throw error;
  }
}
