import { copyFolder } from "./copy_folder.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A module that the bundler made of a text, such as a page. */
const TEXT_MODULE =
  /^(?:import"\.\/[\w.-]+";)?var (\w+)=(['"`])[\s\S]*\2;export\{\1 as default\};\s*$/;
/** Texts below this are parsed as fast as another file is opened. */
const MIN_TEXT_BYTES = 16_384;

/**
 * Bundles the Workers entry for a fast start. What is imported later is in files of its own, and large texts are
 * `.txt` files, which the runtime does not parse.
 *
 * @param out the folder to write to, which is there
 */
export async function bundleWorker(out: string): Promise<void> {
  const copy = await Deno.makeTempDir();
  try {
    for (const file of ["deno.json", "deno.lock"]) {
      await Deno.copyFile(ROOT + file, `${copy}/${file}`);
    }
    await copyFolder(`${ROOT}src`, `${copy}/src`, { leftOut: ["cli"], change: shakeZod });
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--config", `${copy}/deno.json`, "--platform", "browser"],
        ...["--minify", "--code-splitting", "--external", "node:*"],
        ...["--outdir", out, `${copy}/src/worker.ts`],
      ],
    }).spawn().status;
    if (!success) throw new Error("The program could not be bundled.");
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  await takeOutTexts(out);
}

/** Of a namespace, the bundler keeps what is used; of the object that zod exports, everything: half of the program. */
function shakeZod(text: string): string {
  return text.replaceAll(/^import \{ z \} from "zod";$/gm, 'import * as z from "zod";');
}

async function takeOutTexts(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (!name.endsWith(".js") || (await Deno.stat(path)).size < MIN_TEXT_BYTES) continue;
    if (!TEXT_MODULE.test(await Deno.readTextFile(path))) continue;
    const { default: text }: { default: unknown } = await import(`file://${path}`);
    if (typeof text !== "string") continue;
    const file = name.replace(/\.js$/, ".txt");
    await Deno.writeTextFile(`${folder}/${file}`, text);
    await Deno.writeTextFile(path, `import text from "./${file}";\nexport default text;\n`);
  }
}
