/** Log levels, most verbose first. `off` writes nothing. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "off"] as const;

/** The lowest level that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured fields of a log entry. Never the text of a message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log entries. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Options for {@linkcode createLogger}. */
export interface LoggerOptions {
  /** The lowest level that is written. */
  readonly level: LogLevel;
  /** Writes one line. The argument has no line break. */
  readonly sink: (line: string) => void;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** Rounds a duration in milliseconds to tenths, for log fields. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** Replaces errors by their stack: they have no enumerable fields, so JSON would show `{}`. */
function replaceErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.stack ?? String(value) : value;
}

/**
 * Creates a logger that writes one JSON object per line: `time` (RFC 3339), `level`, `message`, then the fields.
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
    sink(JSON.stringify(entry, replaceErrors));
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}
