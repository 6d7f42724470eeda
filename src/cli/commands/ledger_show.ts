import { systemClock } from "../../base/mod.ts";
import { formatPicoZat, formatZec } from "../../money/ledger/mod.ts";
import { luckOf, proportionalReport } from "../../money/treasury/mod.ts";
import type { JournalRow } from "../../money/books/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { CommandError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption } from "../options.ts";
import { PERIOD_OPTIONS, readPeriod } from "../period.ts";
import { jsonLine, moment, pairs, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";
import { minerJson, zecOfPico } from "./miners.ts";

/** `ledger show`. */
export const ledgerShow = defineCommand({
  name: "ledger show",
  summary: "Show one miner's balance, earnings, movements and payments",
  details: `MINER is a payout address or the name of an account. Earnings are those of a period, the
whole time unless --from says otherwise.

${CONFIG_DETAILS}`,
  options: {
    ...BOOK_OPTIONS,
    ...PERIOD_OPTIONS,
    limit: countOption({ min: 1, max: 1_000, preset: 50 }, "How many movements, the newest first."),
  },
  operands: { usage: "MINER", min: 1, max: 1 },
  run(options, [given = ""], io) {
    const period = readPeriod(options);
    return withBooks(options, async ({ reports, runningHour, accounts }) => {
      const minerId = given.trim();
      const miner = await reports.miner(period, minerId);
      if (miner === undefined) {
        throw new CommandError(
          ExitCode.failed,
          `Nobody has worked here as ${JSON.stringify(minerId.slice(0, 100))}`,
        );
      }
      const proportional = await proportionalReport(reports, period);
      await runningHour.refresh();
      const movements = await reports.movements(minerId, options.limit);
      const payee = (await accounts.payees([minerId])).get(minerId);
      if (options.json) {
        io.out(jsonLine({
          ...minerJson(miner, proportional, runningHour) as object,
          paid_at: payee?.kind === "pay" ? payee.address : null,
          held: payee?.kind === "hold" ? payee.reason : null,
          movements: movements.map(movementJson),
        }));
        return ExitCode.ok;
      }
      const luck = luckOf(miner);
      io.out(pairs([
        ["miner", minerId],
        ["paid at", payee?.kind === "pay" ? payee.address : `held: ${payee?.reason ?? "unknown"}`],
        ["immature", `${formatZec(miner.immatureZat)} ZEC`],
        ["available", `${formatZec(miner.availableZat)} ZEC`],
        ["reserved", `${formatZec(miner.reservedZat)} ZEC`],
        ["paid", `${formatZec(miner.paidZat)} ZEC`],
        ["running hour", runningHourText(runningHour.of(minerId))],
        ["shares", String(miner.shares)],
        [
          "credited at shares",
          `${formatPicoZat(miner.creditPicoZat)} zat (${zecOfPico(miner.creditPicoZat)} ZEC)`,
        ],
        [
          "proportional equivalent",
          `${formatPicoZat(proportional.equivalentOf(minerId))} zat`,
        ],
        ["blocks", `${luck.found} found, ${luck.expected.toFixed(3)} expected`],
        ["chance of so few", `${luck.probability.toPrecision(3)}${luck.suspicious ? " (!)" : ""}`],
        ["as of", `${moment(systemClock.now())} UTC, shares of closed hours`],
      ]));
      io.out("\n");
      io.out(movementTable(movements));
      return ExitCode.ok;
    });
  },
});

/** Apart from the balance: an hour's shares are money when it is booked. */
function runningHourText(picoZat: bigint): string {
  return picoZat === 0n
    ? "nothing credited at shares so far"
    : `${zecOfPico(picoZat)} ZEC so far, booked when the hour is over`;
}

function movementJson({ key, atMs, reason, account, amountZat }: JournalRow): unknown {
  return { entry: key, at: new Date(atMs).toISOString(), reason, account, amount_zat: amountZat };
}

function movementTable(movements: readonly JournalRow[]): string {
  return textTable(
    [{ title: "at (UTC)" }, { title: "ZEC", align: "right" }, { title: "to" }, { title: "why" }],
    movements.map(({ atMs, amountZat, account, reason }) => [
      moment(atMs),
      formatZec(amountZat),
      account.startsWith("paid-out:") ? "paid" : account.slice(account.lastIndexOf(":") + 1),
      reason,
    ]),
    "Nothing has moved yet.",
  );
}
