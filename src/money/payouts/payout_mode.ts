import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";
import { LIVE_BATCHES_MAX } from "./engine_options.ts";
import { PayoutError } from "./errors.ts";

/** What pays the miners. */
export type PayoutMode = "none" | "coinbase" | "zallet" | "external";

/** What the mode `none` means, in one line for start, check and status. */
export const NOBODY_IS_PAID =
  'Balances accrue and nobody is paid: payout.wallet is "none"; set it to "coinbase" (blocks pay), ' +
  '"zallet" (with [wallet]) or "external" (with [settlement]) to pay miners.';

/**
 * Makes a mode the one that holds, at the start of the pool.
 *
 * @param wallet names the wallet and account that pays; empty in the modes without one.
 * @param modules.openCoinbases whether a block may still pay debts in its coinbase: one that is not
 * mature, or a job that was handed out and can be found yet.
 * @throws {PayoutError} `mode` while money is reserved for another wallet or mode: there its payment
 * may still happen. Only `none`, which pays nobody, can be chosen at any time.
 */
export async function adoptMode(
  modules: {
    readonly database: SqlDatabase;
    readonly store: PayoutStore;
    readonly openCoinbases: (tx: SqlSession) => Promise<boolean>;
  },
  next: { readonly mode: PayoutMode; readonly wallet: string },
): Promise<void> {
  const { database, store, openCoinbases } = modules;
  await database.transaction(async (tx) => {
    const others = (await store.batches.live(tx, LIVE_BATCHES_MAX)).filter(({ mode, wallet }) =>
      mode !== next.mode || wallet !== next.wallet
    );
    const [other] = others;
    if (other !== undefined && next.mode !== "none") {
      throw new PayoutError(
        "mode",
        `Cannot pay by ${
          next.wallet === "" ? next.mode : next.wallet
        }: ${others.length} batches of ` +
          `${other.wallet === "" ? other.mode : other.wallet} hold money, the oldest is ` +
          `${other.id} (${other.state}); end them first, or set payout.wallet to "none"`,
      );
    }
    const paysElsewhere = next.mode !== "none" && next.mode !== "coinbase";
    if (paysElsewhere && await openCoinbases(tx)) {
      throw new PayoutError(
        "mode",
        `Cannot pay by ${next.mode}: blocks may still pay in their own coinbases what would be paid ` +
          'here too; set payout.wallet to "none" and let the pool run until the last of them is ' +
          "mature and their jobs are 1,000 blocks old",
      );
    }
    await store.control.setMode(tx, next.mode, next.wallet);
  });
}
