import { displayHash } from "../../base/mod.ts";
import { formatZec } from "../../money/ledger/mod.ts";
import { type Luck, luckOf } from "../../money/treasury/mod.ts";
import type { BlockRecord } from "../../money/records/mod.ts";
import type { LedgerReports } from "../../money/books/mod.ts";
import { systemClock } from "../../base/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption } from "../options.ts";
import { jsonLine, moment, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

const DAY_MS = 86_400_000;

/** Periods over which luck is shown. */
const PERIODS: readonly (readonly [string, number])[] = [
  ["24 hours", DAY_MS],
  ["7 days", 7 * DAY_MS],
  ["30 days", 30 * DAY_MS],
  ["all time", Infinity],
];

/** `blocks`. */
export const blocks = defineCommand({
  name: "blocks",
  summary: "Show found blocks, where they stand in the chain, and the pool's luck",
  details: `Luck is found blocks by expected ones, over closed hours of shares.

${CONFIG_DETAILS}`,
  options: {
    ...BOOK_OPTIONS,
    limit: countOption({ min: 1, max: 1_000, preset: 50 }, "How many, the newest first."),
  },
  run(options, _operands, io) {
    return withBooks(options, async ({ store, reports }) => {
      const found = await store.blocks(options.limit);
      const luck = await luckByPeriod(reports);
      if (options.json) {
        io.out(jsonLine({
          blocks: found.map(blockJson),
          luck: luck.map(([period, each]) => ({ period, ...each, ratio: each.ratio ?? null })),
        }));
      } else {
        io.out(table(found));
        io.out("\nLuck, of hours that are over:\n");
        io.out(luckTable(luck));
      }
      return ExitCode.ok;
    });
  },
});

async function luckByPeriod(reports: LedgerReports): Promise<(readonly [string, Luck])[]> {
  const toMs = systemClock.now();
  return await Promise.all(
    PERIODS.map(async ([name, lengthMs]) =>
      [name, luckOf(await reports.luck({ fromMs: Math.max(0, toMs - lengthMs), toMs }))] as const
    ),
  );
}

function blockJson(block: BlockRecord): unknown {
  return {
    height: block.height,
    hash: displayHash(block.hash),
    state: block.state,
    reason: block.reason ?? null,
    found: new Date(block.foundAtMs).toISOString(),
    miner: block.minerId,
    worker: block.workerName,
    value_zat: block.valueZat,
    fees_zat: block.feesZat,
  };
}

function table(found: readonly BlockRecord[]): string {
  return textTable(
    [
      { title: "height", align: "right" },
      { title: "state" },
      { title: "found (UTC)" },
      { title: "ZEC", align: "right" },
      { title: "fees", align: "right" },
      { title: "hash" },
      { title: "miner" },
    ],
    found.map((block) => [
      String(block.height),
      block.state,
      moment(block.foundAtMs),
      formatZec(block.valueZat),
      formatZec(block.feesZat),
      displayHash(block.hash),
      block.minerId,
    ]),
    "No block was found yet.",
  );
}

function luckTable(luck: readonly (readonly [string, Luck])[]): string {
  return textTable(
    [
      { title: "luck" },
      { title: "blocks", align: "right" },
      { title: "expected", align: "right" },
      { title: "luck", align: "right" },
      { title: "chance of so few", align: "right" },
    ],
    luck.map(([period, { found, expected, ratio, probability }]) => [
      period,
      String(found),
      expected.toFixed(3),
      ratio === undefined ? "" : `${(ratio * 100).toFixed(1)} %`,
      probability.toPrecision(3),
    ]),
    "",
  );
}
