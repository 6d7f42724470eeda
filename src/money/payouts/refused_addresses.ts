/**
 * Our node's word on an address before the first payment to it.
 *
 * @module
 */
import type { PayoutEngineModules } from "./engine_options.ts";

/** Where a miner is about to be paid. */
export interface PlannedAddress {
  readonly minerId: string;
  /** Canonical. */
  readonly address: string;
}

/** True when the miner was never paid at that address. */
export async function isFirstPayment(
  { database, store }: Pick<PayoutEngineModules, "database" | "store">,
  { minerId, address }: PlannedAddress,
): Promise<boolean> {
  return !await database.read((tx) => store.payouts.wasPaidAt(tx, minerId, address));
}

/**
 * Holds the miner when our node does not take the address, with the reason for the operator to see.
 *
 * @param actor in whose name.
 * @returns true when the miner was held.
 * @throws {RpcError} when the node cannot be asked: then no first payment may go there.
 */
export async function holdIfRefused(
  { database, store, chain, clock }: Pick<
    PayoutEngineModules,
    "database" | "store" | "chain" | "clock"
  >,
  { minerId, address }: PlannedAddress,
  actor: string,
): Promise<boolean> {
  if (await chain.isValidAddress(address)) return false;
  const reason = `the node does not accept the address ${address}`;
  await database.transaction((tx) =>
    store.holds.put(tx, { minerId, reason, actor, atMs: clock.now() })
  );
  return true;
}
