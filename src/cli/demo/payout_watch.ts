import { systemClock } from "../../base/mod.ts";
import type { ParsedConfig } from "../../service/config/mod.ts";
import { openBooks } from "../../service/pool/mod.ts";
import type { DemoReport, MaturePayout } from "./demo_report.ts";

/** How often the ledger is asked for new payouts. */
const LOOK_MS = 500;

/** Payouts that are read at once. */
const PAGE = 100;

/** Tells of each payout as the operators' table `payouts` gets it. */
export async function watchPayouts(
  parsed: ParsedConfig,
  report: Pick<DemoReport, "matured">,
): Promise<{ close(): Promise<void> }> {
  const books = await openBooks(parsed, {}, { clock: systemClock });
  let after = 0n;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const rows = await books.database.read((tx) =>
      tx.query(
        `SELECT id, miner_id, amount, txid FROM payouts WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
        [after],
      )
    );
    for (const row of rows) {
      after = row.id as bigint;
      report.matured(
        {
          address: String(row.miner_id).replace(/#.*$/, ""),
          amountZat: row.amount as bigint,
          txid: String(row.txid),
        } satisfies MaturePayout,
      );
    }
  };
  const timer = setInterval(() => {
    looking ??= look().finally(() => looking = undefined);
  }, LOOK_MS);
  return {
    async close() {
      clearInterval(timer);
      await looking;
      await books.close();
    },
  };
}
