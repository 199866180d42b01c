/** Where Linux tells the limit of a container, version 2 first. */
const CGROUP_LIMITS = [
  "/sys/fs/cgroup/memory.max",
  "/sys/fs/cgroup/memory/memory.limit_in_bytes",
] as const;

/** Bytes of memory that a program could still take here: what is free, or less in a container with a limit. */
export async function availableMemory(): Promise<number> {
  const { available } = Deno.systemMemoryInfo();
  const limits = await Promise.all(CGROUP_LIMITS.map(readNumber));
  return Math.min(available, ...limits.filter((limit) => limit !== undefined));
}

async function readNumber(path: string): Promise<number | undefined> {
  try {
    const number = Number(await Deno.readTextFile(path)); // "max" where there is no limit
    return Number.isFinite(number) ? number : undefined;
  } catch {
    return undefined; // another system, or no permission
  }
}
