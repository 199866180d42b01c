import assert from "node:assert/strict";

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);

/**
 * Parses Prometheus' text format. Returns the values of the samples, keyed by name and labels as written.
 *
 * @throws {AssertionError} if a line is invalid, a metric is described twice or not at all, or a sample is duplicated.
 */
export function parsePrometheus(text: string): Map<string, number> {
  assert(text.endsWith("\n"), "the last line has no line break");
  const samples = new Map<string, number>();
  const described = new Set<string>();
  let current = "";
  for (const line of text.trimEnd().split("\n")) {
    const comment = COMMENT.exec(line);
    if (comment) {
      const [, what, name] = comment;
      assert(!described.has(`${what} ${name}`), `duplicate ${what} of ${name}`);
      described.add(`${what} ${name}`);
      current = name!;
      continue;
    }
    const [, name = "", labels = "", value] = SAMPLE.exec(line) ??
      assert.fail(`not a sample: ${line}`);
    assert(name === current || /^_(bucket|sum|count)$/.test(name.slice(current.length)), line);
    assert(described.has(`HELP ${current}`) && described.has(`TYPE ${current}`), line);
    assert(!samples.has(name + labels), `duplicate sample ${name + labels}`);
    assert(Number.isFinite(Number(value)), line);
    samples.set(name + labels, Number(value));
  }
  return samples;
}
