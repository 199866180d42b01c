import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createLogger, LOG_LEVELS, type LogLevel } from "../../src/telemetry/logger.ts";

function linesAt(level: LogLevel): string[] {
  const lines: string[] = [];
  const log = createLogger({ level, sink: (line) => lines.push(line), now: () => 0 });
  log.debug("debug");
  log.info("info");
  log.warn("warn");
  log.error("error");
  return lines.map((line) => JSON.parse(line).level);
}

describe("createLogger", () => {
  for (const [index, level] of LOG_LEVELS.entries()) {
    it(`at the level ${level} writes that and what is more serious`, () => {
      assert.deepEqual(linesAt(level), LOG_LEVELS.slice(index, -1));
    });
  }

  it("writes one line an entry, whatever is in it", () => {
    const lines: string[] = [];
    const log = createLogger({ level: "debug", sink: (line) => lines.push(line), now: () => 1e12 });
    log.warn("two\nlines", { a: "b\r\nc", error: new TypeError("broken\nhere"), gone: undefined });
    const [line = ""] = lines;
    assert(!/[\r\n]/.test(line));
    const { error, ...entry } = JSON.parse(line);
    assert.deepEqual(entry, {
      time: "2001-09-09T01:46:40.000Z",
      level: "warn",
      message: "two\nlines",
      a: "b\r\nc",
    });
    assert.match(error, /^TypeError: broken\nhere\n\s+at /);
  });
});
