import { systemClock } from "../base/mod.ts";
import type { ReportPeriod } from "../money/books/mod.ts";
import { UsageError } from "./errors.ts";
import { textOption } from "./options.ts";

/** The options that name a period. */
export const PERIOD_OPTIONS = {
  from: textOption(
    "DATE",
    "Its beginning: a date like 2026-11-01, or a time like 2026-11-01T12:00Z.",
  ),
  to: textOption("DATE", "Its end, which does not belong to it. Default: now."),
};

/**
 * Reads a period. Dates and times are UTC.
 *
 * @param daysBack where it begins when `--from` is not given; undefined: with everything.
 * @throws {UsageError} for what is no date, and a period that ends before it begins.
 */
export function readPeriod(
  options: { readonly from: string | undefined; readonly to: string | undefined },
  daysBack?: number,
): ReportPeriod {
  const toMs = options.to === undefined ? systemClock.now() : readMoment("to", options.to);
  const preset = daysBack === undefined ? 0 : Math.max(0, toMs - daysBack * 86_400_000);
  const fromMs = options.from === undefined ? preset : readMoment("from", options.from);
  if (fromMs >= toMs) throw new UsageError("--from has to lie before --to");
  return { fromMs, toMs };
}

function readMoment(name: string, text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)Z?)?$/.exec(text);
  const [, day = "", time = "00:00"] = match ?? [];
  const atMs = match === null ? NaN : Date.parse(`${day}T${time}Z`);
  // A day that its month does not have is moved to the next month by some readers.
  if (Number.isNaN(atMs) || atMs < 0 || new Date(atMs).toISOString().slice(0, 10) !== day) {
    throw new UsageError(
      `--${name} = ${JSON.stringify(text.slice(0, 40))}: allowed is a date like 2026-11-01 or a ` +
        "time like 2026-11-01T12:00Z",
    );
  }
  return atMs;
}
