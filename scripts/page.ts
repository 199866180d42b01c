/**
 * Bundles the scripts of the web pages, which are in TypeScript, to files of JavaScript that the server serves.
 *
 * @module
 */
const UI = new URL("../src/ui/", import.meta.url).pathname;

/** The scripts of the pages. They are kept with the sources, so that nothing has to be built or downloaded for a start. */
export const BUNDLES = ["page", "comparison", "reference"] as const;

/** Where the bundle of a script is kept. */
export function bundlePath(name: (typeof BUNDLES)[number]): string {
  return `${UI}${name}.min.js`;
}

/** Where the bundle is kept with which a page runs the model itself. */
export const CLIENT_BUNDLE = `${UI}client.min.js`;

/** Bundles a script to a file. */
export async function bundleScript(
  name: (typeof BUNDLES)[number],
  output: string,
): Promise<void> {
  await bundle(`${UI}browser/deno.json`, `${UI}browser/${name}.ts`, output);
}

/** Bundles what a page runs the model with. */
export async function bundleClient(output: string): Promise<void> {
  await bundle(`${UI}../../deno.json`, `${UI}../client/mod.ts`, output);
}

async function bundle(config: string, entry: string, output: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--minify", "--platform", "browser"],
      ...["--config", config, "--output", output, entry],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

if (import.meta.main) {
  for (const name of BUNDLES) await bundleScript(name, bundlePath(name));
  await bundleClient(CLIENT_BUNDLE);
}
