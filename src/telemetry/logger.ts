/** The levels of a log, most talkative first. `off` writes nothing. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "off"] as const;

/** The least serious level that is still written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts that go with a log entry. Never the text of a message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes what happened. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Options for {@linkcode createLogger}. */
export interface LoggerOptions {
  /** The least serious level that is written. */
  readonly level: LogLevel;
  /** Takes one line, without its line break. */
  readonly sink: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Errors have no enumerable fields: JSON would show `{}`. */
function readable(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.stack ?? String(value) : value;
}

/**
 * A logger that writes one JSON object a line: `time` (RFC 3339), `level`, `message`, then the fields.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const lines: string[] = [];
 * const log = createLogger({ level: "info", sink: (line) => lines.push(line), now: () => 0 });
 * log.debug("not written");
 * log.info("listening", { port: 8000 });
 * assert.deepEqual(lines, [
 *   '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"listening","port":8000}',
 * ]);
 * ```
 */
export function createLogger({ level, sink, now }: LoggerOptions): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const write = (at: LogLevel) => (message: string, fields?: LogFields): void => {
    if (LOG_LEVELS.indexOf(at) < threshold) return;
    const entry = { time: new Date(now()).toISOString(), level: at, message, ...fields };
    sink(JSON.stringify(entry, readable));
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}
