import { formatZec } from "../../money/ledger/mod.ts";
import { luckOf } from "../../money/treasury/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { PERIOD_OPTIONS, readPeriod } from "../period.ts";
import { jsonLine, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

/** The period of the blocks that are shown when none is named. */
const DAYS = 30;

/** `ledger pool`. */
export const ledgerPool = defineCommand({
  name: "ledger pool",
  summary: "Show whether the pool earns: fees, variance, blocks, owed, paid, network fees",
  details: `Blocks are those found in a period (the last ${DAYS} days unless --from says otherwise),
by hours that are over. The accounts are of all times: what the pool keeps is its fees, from which
the chain's fees for payments are taken, and under pps the variance, which is what blocks brought
less what shares were credited. The running hour's shares are not in it.

${CONFIG_DETAILS}`,
  options: { ...BOOK_OPTIONS, ...PERIOD_OPTIONS },
  run(options, _operands, io) {
    const period = readPeriod(options, DAYS);
    return withBooks(options, async ({ reports }) => {
      const { sums } = await reports.position();
      const states = await reports.blockCounts();
      const rewards = await reports.rewards(period);
      const luck = luckOf(await reports.luck(period));
      const of = (account: string): bigint => sums.get(account) ?? 0n;
      const figures = {
        blocks_found: luck.found,
        blocks_expected: luck.expected,
        rewards_zat: rewards.reduce((sum, { rewardsZat }) => sum + rewardsZat, 0n),
        pool_fee_zat: of("pool-fee"),
        pool_variance_zat: of("pool-variance"),
        kept_zat: of("pool-fee") + of("pool-variance"),
        network_fee_zat: of("network-fee"),
        owed_immature_zat: of("immature"),
        owed_available_zat: of("available"),
        owed_reserved_zat: of("reserved"),
        paid_zat: of("paid"),
        suspense_zat: of("suspense"),
      };
      if (options.json) {
        io.out(jsonLine({
          from: new Date(period.fromMs).toISOString(),
          to: new Date(period.toMs).toISOString(),
          ...figures,
          blocks_by_state: Object.fromEntries(states),
        }));
      } else {
        io.out(textTable(
          [{ title: "what" }, { title: "figure", align: "right" }],
          Object.entries(figures).map(([name, value]) => [LABELS[name] ?? name, shown(value)]),
          "",
        ));
        const counted = [...states].map(([state, count]) => `${count} ${state}`);
        io.out(`Blocks of all times: ${counted.join(", ") || "none"}.\n`);
      }
      return ExitCode.ok;
    });
  },
});

/** What people read for each figure. */
const LABELS: Readonly<Record<string, string>> = {
  blocks_found: "blocks found in the period",
  blocks_expected: "blocks expected in the period",
  rewards_zat: "rewards of the period's blocks, ZEC",
  pool_fee_zat: "pool fees, ZEC",
  pool_variance_zat: "variance under pps, ZEC",
  kept_zat: "kept by the pool, ZEC",
  network_fee_zat: "network fees of payments, ZEC",
  owed_immature_zat: "owed to miners, immature, ZEC",
  owed_available_zat: "owed to miners, due, ZEC",
  owed_reserved_zat: "owed to miners, set aside, ZEC",
  paid_zat: "paid to miners, ZEC",
  suspense_zat: "unexplained, ZEC (must be 0)",
};

function shown(value: bigint | number): string {
  if (typeof value === "bigint") return formatZec(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
