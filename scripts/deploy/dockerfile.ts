/** An instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  /** What follows the name, on one line. */
  readonly text: string;
}

/**
 * The instructions of a Dockerfile, without comments.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseDockerfile("# base\nFROM a\nRUN b \\\n  c\n"), [
 *   { name: "FROM", text: "a" },
 *   { name: "RUN", text: "b   c" },
 * ]);
 * ```
 */
export function parseDockerfile(file: string): Instruction[] {
  return file.replaceAll(/\\\n/g, " ").split("\n")
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => {
      const [name = ""] = line.split(" ", 1);
      return { name, text: line.slice(name.length).trim() };
    });
}

/** The only instruction of a name. */
export function only(instructions: readonly Instruction[], name: string): string {
  const found = instructions.filter((instruction) => instruction.name === name);
  if (found.length !== 1) throw new Error(`The Dockerfile has ${found.length} lines of ${name}`);
  return found[0]!.text;
}

/** The variables of all ENV lines. */
export function environmentOf(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = instructions.filter(({ name }) => name === "ENV")
    .flatMap(({ text }) => text.split(/\s+/))
    .map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    });
  return Object.fromEntries(pairs);
}
