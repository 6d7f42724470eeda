/**
 * One line of the log, for programs (JSON) and for people (pretty).
 *
 * @module
 */
import { type LogFields, type LogLevel, type LogValue, visibleText } from "../../base/mod.ts";

/** What a line is made of. */
export interface LogEntry {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Forms of a line. */
const LOG_FORMATS = ["json", "pretty"] as const;

/** One of {@link LOG_FORMATS}. */
export type LogFormat = typeof LOG_FORMATS[number];

/** A longer text says no more in a log; blocks and templates never belong there. */
const TEXT_LENGTH_MAX = 2_000;

/** The line with its line feed. */
export function formatEntry(entry: LogEntry, format: LogFormat): string {
  return format === "json" ? jsonLine(entry) : prettyLine(entry);
}

/**
 * An object with `time` (RFC 3339, UTC), `level`, `event`, `message` and the fields; one of those
 * four names gets the prefix `field_` when it is a field's. Amounts, as every bigint, are text.
 */
function jsonLine(entry: LogEntry): string {
  const line: Record<string, string | number | boolean | null> = {
    time: timeText(entry.timeMs),
    level: entry.level,
    event: entry.event,
    message: shortened(entry.message),
  };
  for (const [name, value] of Object.entries(entry.fields)) {
    if (value === undefined) continue;
    line[Object.hasOwn(line, name) ? `field_${name}` : name] = jsonValue(value);
  }
  return `${visibleText(JSON.stringify(line))}\n`;
}

function jsonValue(value: LogValue): string | number | boolean | null {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value === "string" ? shortened(value) : value;
}

/** `2026-11-23 05:00:29.123 INFO  message  event=block_found height=3590001`. */
function prettyLine(entry: LogEntry): string {
  const time = timeText(entry.timeMs).replace("T", " ").replace("Z", "");
  const fields = [`event=${entry.event}`];
  for (const [name, value] of Object.entries(entry.fields)) {
    if (value !== undefined) fields.push(`${name}=${prettyValue(value)}`);
  }
  const message = visibleText(shortened(entry.message));
  return `${time} ${entry.level.toUpperCase().padEnd(5)} ${message}  ${fields.join(" ")}\n`;
}

function prettyValue(value: LogValue): string {
  if (typeof value !== "string") return String(value);
  const text = shortened(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : visibleText(JSON.stringify(text));
}

function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? "unknown time" : date.toISOString();
}

function shortened(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
}
