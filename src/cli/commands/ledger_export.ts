import { formatZec } from "../../money/ledger/mod.ts";
import type { JournalRow } from "../../money/books/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { PERIOD_OPTIONS, readPeriod } from "../period.ts";
import { jsonLine } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

/** Entries that are read at one time: one of a block has a line for each miner. */
const ENTRIES = 20;

const COLUMNS = [
  "entry",
  "time_utc",
  "id",
  "reason",
  "actor",
  "account",
  "amount_zat",
  "amount_zec",
];

/** `ledger export`. */
export const ledgerExport = defineCommand({
  name: "ledger export",
  summary: "Write the journal of a period as CSV for accountants",
  details:
    `One line for each side of a movement; the lines of one entry have its number and sum to 0.
Amounts are whole zatoshis, and ZEC with eight decimals. Addresses of connections and single shares
are not in it. With --json one object a line.

${CONFIG_DETAILS}`,
  options: { ...BOOK_OPTIONS, ...PERIOD_OPTIONS },
  run(options, _operands, io) {
    const period = readPeriod(options);
    return withBooks(options, async ({ reports }) => {
      // A journal is long: whoever has gone (`| head`) is not read to.
      let isRead = options.json || io.out(csvLine(COLUMNS));
      for (let after = 0n; isRead;) {
        const rows = await reports.journal(period, after, ENTRIES);
        const text = rows.map((row) => options.json ? jsonLine(json(row)) : csv(row)).join("");
        const last = rows.at(-1);
        if (last === undefined) break;
        isRead = io.out(text);
        after = last.entry;
      }
      return ExitCode.ok;
    });
  },
});

function csv(row: JournalRow): string {
  return csvLine([
    row.entry.toString(),
    new Date(row.atMs).toISOString(),
    row.key,
    row.reason,
    row.actor,
    row.account,
    row.amountZat.toString(),
    formatZec(row.amountZat),
  ]);
}

function json(row: JournalRow): unknown {
  return {
    entry: row.entry,
    time_utc: new Date(row.atMs).toISOString(),
    id: row.key,
    reason: row.reason,
    actor: row.actor,
    account: row.account,
    amount_zat: row.amountZat,
  };
}

/** RFC 4180; a text that a spreadsheet would take for a formula is kept a text. */
function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: string): string {
  const isFigure = /^-?\d+(\.\d+)?$/.test(cell);
  const safe = !isFigure && /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
