import assert from "node:assert/strict";

/** Fails unless every element of an SVG document is closed, in order. */
export function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*")*)(\/?)>/g;
  for (const [, end, name, , selfClosing] of svg.matchAll(tag)) {
    if (end === "/") assert.equal(open.pop(), name);
    else if (selfClosing === "") open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg.replace(tag, ""), /<|>|&(?!#\d+;)/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
}
