import assert from "node:assert/strict";

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);

/**
 * The samples of a text in Prometheus' format, by name and labels as they are written.
 *
 * @throws {AssertionError} if a line is none of the format, a metric is described twice or not at all, or a sample
 * comes twice.
 */
export function parsePrometheus(text: string): Map<string, number> {
  assert(text.endsWith("\n"), "the last line must end");
  const samples = new Map<string, number>();
  const described = new Set<string>();
  let current = "";
  for (const line of text.trimEnd().split("\n")) {
    const comment = COMMENT.exec(line);
    if (comment) {
      const [, what, name] = comment;
      assert(!described.has(`${what} ${name}`), `${what} of ${name} comes twice`);
      described.add(`${what} ${name}`);
      current = name!;
      continue;
    }
    const [, name = "", labels = "", value] = SAMPLE.exec(line) ??
      assert.fail(`no sample: ${line}`);
    assert(name === current || /^_(bucket|sum|count)$/.test(name.slice(current.length)), line);
    assert(described.has(`HELP ${current}`) && described.has(`TYPE ${current}`), line);
    assert(!samples.has(name + labels), `${name + labels} comes twice`);
    assert(Number.isFinite(Number(value)), line);
    samples.set(name + labels, Number(value));
  }
  return samples;
}
