/**
 * Finds a key that is twice in the same object of a JSON text. `JSON.parse` keeps the last one without a word.
 *
 * @param json Text that `JSON.parse` accepts.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(findDuplicateKey('{"a": {"b": 1, "\\u0062": 2}}'), "b");
 * assert.equal(findDuplicateKey('{"a": {"b": 1}, "b": ["a", "a"]}'), undefined);
 * ```
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === "{" || char === "[") {
      open.push(new Set());
    } else if (char === "}" || char === "]") {
      open.pop();
    } else if (char === '"') {
      const start = i++;
      for (; json[i] !== '"'; i++) {
        if (json[i] === "\\") i++;
      }
      let next = i + 1;
      while (
        json[next] === " " || json[next] === "\n" || json[next] === "\r" || json[next] === "\t"
      ) {
        next++;
      }
      if (json[next] !== ":") continue;
      const key: unknown = JSON.parse(json.slice(start, i + 1));
      if (typeof key !== "string") continue;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
}
