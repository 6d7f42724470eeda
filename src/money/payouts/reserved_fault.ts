import type { PayoutEngineModules } from "./engine_options.ts";

/**
 * The reserved accounts have to be what live payouts hold.
 *
 * @returns what is wrong, undefined when nothing is.
 */
export async function reservedFault(
  { database, store, ledger }: Pick<PayoutEngineModules, "database" | "store" | "ledger">,
): Promise<string | undefined> {
  const { reserved, live } = await database.read(async (tx) => ({
    reserved: await ledger.reserved(tx),
    live: await store.payouts.reservedTotal(tx),
  }));
  return reserved === live
    ? undefined
    : `the ledger has ${reserved} zatoshis reserved, and live payouts hold ${live}`;
}
