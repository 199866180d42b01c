/** How {@linkcode copyFolder} copies. */
export interface CopyOptions {
  /** Paths in the folder that are not copied. */
  readonly leftOut?: readonly string[];
  /** Changes the text of each TypeScript file. */
  readonly change?: (text: string) => string;
}

/** Copies a folder with all that is in it. */
export async function copyFolder(
  from: string,
  to: string,
  { leftOut = [], change = (text) => text }: CopyOptions = {},
): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (leftOut.includes(name)) continue;
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) {
      const inside = leftOut.filter((path) => path.startsWith(`${name}/`))
        .map((path) => path.slice(name.length + 1));
      await copyFolder(source, target, { leftOut: inside, change });
    } else if (name.endsWith(".ts")) {
      await Deno.writeTextFile(target, change(await Deno.readTextFile(source)));
    } else {
      await Deno.copyFile(source, target);
    }
  }
}
