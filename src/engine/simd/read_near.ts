/**
 * Reads a file that comes with the code. The web's way is `fetch`, which takes Deno 70 ms when it is first used: more
 * than all else that loading the kernels takes.
 *
 * @param file relative to the module
 */
export async function readNear(file: string, module: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(file, module);
  if ("Deno" in globalThis && url.protocol === "file:") return await Deno.readFile(url);
  return await (await fetch(url)).bytes();
}
