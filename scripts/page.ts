/**
 * Bundles the script of the web page, which is in TypeScript, to one file of JavaScript that the server serves.
 *
 * @module
 */
const UI = new URL("../src/ui/", import.meta.url).pathname;

/** The file that is served. It is kept with the sources, so that nothing has to be built or downloaded for a start. */
export const BUNDLE = `${UI}page.min.js`;

/** Bundles the script to a file. */
export async function bundlePage(output: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--minify", "--platform", "browser"],
      ...["--config", `${UI}browser/deno.json`, "--output", output, `${UI}browser/page.ts`],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

if (import.meta.main) await bundlePage(BUNDLE);
