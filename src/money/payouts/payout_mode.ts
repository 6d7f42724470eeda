import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { LIVE_BATCHES_MAX } from "./engine_options.ts";
import { PayoutError } from "./errors.ts";

/** What pays the miners. */
export type PayoutMode = "none" | "zallet" | "external";

/** What the mode `none` means, in one line for start, check and status. */
export const NOBODY_IS_PAID =
  'Balances accrue and nobody is paid: payout.wallet is "none"; set it to "zallet" (with ' +
  '[wallet]) or "external" (with [settlement]) to pay miners.';

/**
 * Makes a mode the one that holds, at the start of the pool.
 *
 * @param wallet names the wallet and account that pays; empty in the modes without one.
 * @throws {PayoutError} `mode` while money is reserved for another wallet or mode: there its payment
 * may still happen. Only `none`, which pays nobody, can be chosen at any time.
 */
export async function adoptMode(
  modules: { readonly database: SqlDatabase; readonly store: PayoutStore },
  next: { readonly mode: PayoutMode; readonly wallet: string },
): Promise<void> {
  const { database, store } = modules;
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
    await store.control.setMode(tx, next.mode, next.wallet);
  });
}
