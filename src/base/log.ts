/**
 * The log as rooms see it. The event is a stable lower-case name with underscores, the message a
 * sentence for people; fields have stable names. Bytes that came from a peer never stand in a line
 * of level info or above.
 *
 * @module
 */

/** What may stand in a field of a log line. */
export type LogValue = string | number | bigint | boolean | null;

/** Fields of one line, `lower_case` names. */
export type LogFields = Readonly<Record<string, LogValue | undefined>>;

/** Least to most urgent. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Where a room writes what it has to say. */
export interface Logger {
  /** Writes one line; never throws and never blocks. */
  log(level: LogLevel, event: string, message: string, fields?: LogFields): void;
}

/** Says nothing. */
export const silentLogger: Logger = { log: () => {} };
