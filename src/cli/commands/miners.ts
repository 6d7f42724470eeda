import { visibleText } from "../../base/mod.ts";
import { formatSocketAddress } from "../../service/config/mod.ts";
import { formatPicoZat, formatZec, PICO_PER_ZAT } from "../../money/ledger/mod.ts";
import { luckOf, type ProportionalReport, proportionalReport } from "../../money/treasury/mod.ts";
import { type MinerReport, REPORT_PAGE_MAX, type RunningHour } from "../../money/books/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { ownPermission } from "../launch.ts";
import { countOption, flagOption } from "../options.ts";
import { askConnectedMiners, type ConnectedRow } from "../own_pool.ts";
import { PERIOD_OPTIONS, readPeriod } from "../period.ts";
import { requirePermissions } from "../required_permissions.ts";
import { jsonLine, moment, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

/** The period that is shown when none is named. */
const DAYS = 30;

const PAGES_MAX = 1_000_000;

/** `miners`. */
export const miners = defineCommand({
  name: "miners",
  summary: "Show what miners did, earned and have, and their luck",
  details:
    `Over a period (the last ${DAYS} days unless --from says otherwise; closed hours only) each
miner's shares and credits stand beside the proportional equivalent: its work / all work x rewards
of the blocks found x (1 - fee). Under pps the difference is the pool's luck. Balances are of now;
what the running hour's shares have earned so far stands beside them and is booked when it is over.
A miner is marked when so few blocks as it found come with a chance of less than 1 in 10,000.
Who has neither shares in the period or the running hour nor a balance is not shown. The largest
come first: by their work in the period, then by what they have.

${CONFIG_DETAILS}`,
  options: {
    ...BOOK_OPTIONS,
    ...PERIOD_OPTIONS,
    limit: countOption(
      { min: 1, max: REPORT_PAGE_MAX, preset: 50 },
      "How many miners to a page.",
    ),
    page: countOption({ min: 1, max: PAGES_MAX, preset: 1 }, "Which page."),
    now: flagOption(
      "Who is connected to the pool that runs here, with rates of ten minutes and the shares " +
        "refused since it started.",
    ),
  },
  needs: ({ now }, _operands, parsed) =>
    now && parsed !== undefined
      ? [ownPermission("net", formatSocketAddress(parsed.config.metrics.listenAddr))]
      : [],
  async run(options, _operands, io) {
    if (options.now) {
      const { config } = loadFromOptions(options).parsed;
      const host = formatSocketAddress(config.metrics.listenAddr);
      requirePermissions([ownPermission("net", host)]);
      const rows = await askConnectedMiners(config);
      io.out(options.json ? jsonLine({ miners: rows }) : nowTable(rows));
      return ExitCode.ok;
    }
    const period = readPeriod(options, DAYS);
    return await withBooks(options, async ({ reports, runningHour }) => {
      await runningHour.refresh();
      const proportional = await proportionalReport(reports, period);
      const ranked = largestFirst(await reports.holdings(), proportional.work, runningHour);
      const first = (options.page - 1) * options.limit;
      const found = await reports.miners(period, ranked.slice(first, first + options.limit));
      if (options.json) {
        io.out(jsonLine({
          from: new Date(period.fromMs).toISOString(),
          to: new Date(period.toMs).toISOString(),
          blocks: proportional.blocks,
          rewards_zat: proportional.rewardsZat,
          miners_in_all: ranked.length,
          page: options.page,
          pages: Math.ceil(ranked.length / options.limit),
          miners: found.map((miner) => minerJson(miner, proportional, runningHour)),
        }));
      } else {
        io.out(`${moment(period.fromMs)} to ${moment(period.toMs)} UTC, amounts in ZEC\n`);
        io.out(
          "Balances are of now, but under pps without the running hour, whose shares stand beside them; " +
            "all else is of hours that are over.\n\n",
        );
        io.out(
          table(
            found,
            proportional,
            runningHour,
            ranked.length > 0
              ? `There is no page ${options.page}.`
              : "Nobody has shares in this period or a balance.",
          ),
        );
        io.out(pageLine(first, found.length, ranked.length, options.page));
      }
      return ExitCode.ok;
    });
  },
});

/** Who has shares or a balance: by work in the period, then by what they have, then by id. */
function largestFirst(
  holdings: ReadonlyMap<string, bigint>,
  work: ReadonlyMap<string, bigint>,
  runningHour: RunningHour,
): string[] {
  const has = (minerId: string) =>
    (holdings.get(minerId) ?? 0n) * PICO_PER_ZAT + runningHour.of(minerId);
  const minerIds = new Set([...work.keys(), ...holdings.keys(), ...runningHour.minerIds]);
  return [...minerIds].sort((a, b) =>
    descending(work.get(a) ?? 0n, work.get(b) ?? 0n) || descending(has(a), has(b)) ||
    (a < b ? -1 : 1)
  );
}

function descending(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

/** What stands below a table that has not everybody. */
function pageLine(first: number, shown: number, all: number, page: number): string {
  if (shown === all) return "";
  const which = shown === 0 ? "None" : `${first + 1} to ${first + shown}`;
  const next = first + shown < all && shown > 0 ? `; --page ${page + 1} has the next` : "";
  return `\n${which} of ${all} miners${next}\n`;
}

/** One miner as JSON; also the head of `ledger show`. */
export function minerJson(
  miner: MinerReport,
  proportional: ProportionalReport,
  runningHour: Pick<RunningHour, "of">,
): unknown {
  const luck = luckOf(miner);
  return {
    miner: miner.minerId,
    shares: miner.shares,
    credited_zat: formatPicoZat(miner.creditPicoZat),
    proportional_equivalent_zat: formatPicoZat(proportional.equivalentOf(miner.minerId)),
    immature_zat: miner.immatureZat,
    available_zat: miner.availableZat,
    reserved_zat: miner.reservedZat,
    paid_zat: miner.paidZat,
    running_hour_zat: formatPicoZat(runningHour.of(miner.minerId)),
    blocks_expected: luck.expected,
    blocks_found: luck.found,
    probability_of_so_few: luck.probability,
    suspicious: luck.suspicious,
    last_share: miner.lastShareMs === undefined ? null : new Date(miner.lastShareMs).toISOString(),
  };
}

function table(
  miners: readonly MinerReport[],
  proportional: ProportionalReport,
  runningHour: RunningHour,
  empty: string,
): string {
  // Only pay per share credits shares before a block is found.
  const earning = runningHour.totalPicoZat > 0n;
  const right = (title: string) => ({ title, align: "right" as const });
  return textTable(
    [
      { title: "miner" },
      right("shares"),
      right("credited at shares"),
      right("proportional equivalent"),
      right("immature"),
      right("available"),
      right("reserved"),
      right("paid"),
      ...earning ? [right("running hour so far")] : [],
      right("blocks"),
      right("expected"),
      right("chance of so few"),
    ],
    miners.map((miner) => {
      const luck = luckOf(miner);
      return [
        miner.minerId,
        String(miner.shares),
        zecOfPico(miner.creditPicoZat),
        zecOfPico(proportional.equivalentOf(miner.minerId)),
        formatZec(miner.immatureZat),
        formatZec(miner.availableZat),
        formatZec(miner.reservedZat),
        formatZec(miner.paidZat),
        ...earning ? [zecOfPico(runningHour.of(miner.minerId))] : [],
        String(luck.found),
        luck.expected.toFixed(3),
        `${luck.probability.toPrecision(3)}${luck.suspicious ? " !" : ""}`,
      ];
    }),
    empty,
  );
}

/** Columns of the list of now: field, and whether it is a number. */
const NOW_COLUMNS = [
  ["user", "user"],
  ["worker", "worker"],
  ["protocol", "protocol"],
  ["agent", "agent"],
  ["connected_since", "connected since"],
  ["hashrate_sol_s", "Sol/s"],
  ["difficulty", "difficulty"],
  ["last_share", "last share"],
  ["accepted", "accepted"],
  ["stale", "stale"],
  ["duplicate", "duplicate"],
  ["invalid", "invalid"],
  ["low_diff", "low diff"],
] as const;

function nowTable(rows: readonly ConnectedRow[]): string {
  return textTable(
    NOW_COLUMNS.map(([, title]) => ({ title })),
    rows.map((row) => NOW_COLUMNS.map(([field]) => nowCell(row[field]))),
    "Nobody is connected.",
  );
}

/** What came over HTTP is shown so that it cannot steer a terminal. */
function nowCell(value: unknown): string {
  if (typeof value === "number") {
    return Number.isInteger(value) ? String(value) : value.toPrecision(4);
  }
  return typeof value === "string" ? visibleText(value) : "";
}

/** Whole zatoshis: the fraction is carried on and shown nowhere as money. */
export function zecOfPico(picoZat: bigint): string {
  return formatZec(picoZat / 1_000_000_000_000n);
}
