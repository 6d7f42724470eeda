/**
 * The log as rooms see it. The event is a stable lower-case name with underscores, the message a
 * sentence for people; fields have stable names. Of the bytes that came from a peer only the user of
 * a login stands in a line of level info or above, cut and escaped. A miner's IP address stands in the
 * field `miner_ip` and nowhere else, so that the log can leave it out.
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
