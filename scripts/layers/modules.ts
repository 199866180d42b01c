/**
 * TypeScript files and what they import of each other, as far as their text shows it.
 *
 * @module
 */

/** One file. */
export interface Module {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** What it imports, as it names it: each once, packages among them. */
  readonly specifiers: readonly string[];
  /** The files that it imports. */
  readonly imports: ReadonlySet<string>;
  /** The names that it takes of a file. `*`: all of them, or any. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
}

const STATIC =
  /^(?:import|export)(?:\s+type)?\s+(\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+)\s*from\s+"([^"]+)"/gm;
const SIDE_EFFECT = /^import\s+"([^"]+)"/gm;
/** Loaded at run time, or named as a type or a worker's module. */
const DYNAMIC = /(?:\bimport\(\s*|\bnew URL\(\s*)"(\.{1,2}\/[^"]+\.tsx?)"/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm;

/** Reads all TypeScript files in some folders. */
export async function readModules(root: URL, folders: readonly string[]): Promise<Module[]> {
  const modules: Module[] = [];
  for (const folder of folders) {
    for await (const path of sources(root, folder)) {
      modules.push(parse(root, path, await Deno.readTextFile(new URL(path, root))));
    }
  }
  return modules;
}

async function* sources(root: URL, folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory && name !== "node_modules") yield* sources(root, `${folder}${name}/`);
    else if (/\.tsx?$/.test(name)) yield folder + name;
  }
}

function parse(root: URL, path: string, text: string): Module {
  const specifiers = new Set<string>();
  const names = new Map<string, Set<string>>();
  const take = (specifier: string, taken: readonly string[]) => {
    specifiers.add(specifier);
    if (!specifier.startsWith(".")) return;
    // AssemblyScript leaves the extension out.
    const file = /\.\w+$/.test(specifier) ? specifier : `${specifier}.ts`;
    const target = new URL(file, new URL(path, root)).href.slice(root.href.length);
    const all = names.get(target) ?? new Set();
    names.set(target, all);
    for (const name of taken) all.add(name);
  };
  for (const [, clause, specifier] of text.matchAll(STATIC)) take(specifier!, namesIn(clause!));
  for (const [, specifier] of text.matchAll(SIDE_EFFECT)) take(specifier!, []);
  // Any word of the file may be a name that it takes.
  for (const [, specifier] of text.matchAll(DYNAMIC)) {
    take(specifier!, text.match(/\b[A-Za-z_$][\w$]*\b/g) ?? []);
  }
  return {
    path,
    text,
    lines: text.split("\n").length - 1,
    specifiers: [...specifiers],
    imports: new Set(names.keys()),
    names,
  };
}

function namesIn(clause: string): string[] {
  if (!clause.startsWith("{")) return ["*"];
  return clause.slice(1, -1).split(",")
    .map((name) => name.trim().replace(/^type\s+/, "").split(/\s+as\s+/)[0]!)
    .filter((name) => name !== "");
}

/**
 * Groups of files that import each other, directly or through others of the group.
 *
 * @see Tarjan, Depth-first search and linear graph algorithms, 1972
 */
export function cycles(modules: readonly Module[]): string[][] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string) => {
    order.set(path, order.size);
    lowest.set(path, order.get(path)!);
    stack.push(path);
    for (const target of byPath.get(path)!.imports) {
      if (!byPath.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) {
        lowest.set(path, Math.min(lowest.get(path)!, lowest.get(target)!));
      }
    }
    if (lowest.get(path) !== order.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1) found.push(group);
  };
  for (const { path } of modules) if (!order.has(path)) visit(path);
  return found;
}

/** The smallest of some numbers that a share of them does not exceed, by the nearest rank. 0 of no numbers. */
export function percentile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * share) - 1] ?? 0;
}

/** Whether a file has nothing but imports and exports of other files. */
export function forwardsOnly({ text }: Module): boolean {
  const code = text.replaceAll(COMMENT, "");
  const rest = code.replaceAll(STATIC, "").replaceAll(SIDE_EFFECT, "").replaceAll(";", "").trim();
  return code.trim() !== "" && rest === "";
}

/**
 * The exports of a file that no other file imports. Types and error classes that the file uses itself are part of what
 * it exports, and names in a runnable example have to be exported for that.
 */
export function deadExports(module: Module, modules: readonly Module[]): string[] {
  const { path, text } = module;
  const taken = new Set(modules.flatMap(({ names }) => [...names.get(path) ?? []]));
  if (taken.has("*")) return [];
  const code = text.replaceAll(COMMENT, "");
  const examples = [...text.matchAll(/```ts([\s\S]*?)```/g)].map(([, example]) => example).join();
  const declarations = code.matchAll(
    /^export (?:abstract |async |declare )*(function|class|const|let|interface|type|enum)\*? (\w+)/gm,
  );
  return [
    ...new Set([...declarations].flatMap(([, kind, name]) => {
      const word = new RegExp(`\\b${name}\\b`, "g");
      const isType = kind === "interface" || kind === "type" || /Error$/.test(name!);
      const isUsed = isType && code.match(word)!.length > 1;
      return taken.has(name!) || isUsed || word.test(examples) ? [] : [name!];
    })),
  ];
}
