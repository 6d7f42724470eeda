/**
 * The accounts of the journal. A positive balance of a miner's account is what the pool owes; the
 * income accounts are the other side and stand below zero by what blocks have brought.
 *
 * @module
 */

/** Where a miner's money stands: earned by blocks that may still vanish, due, or on its way. */
export type MinerPart = "immature" | "available" | "reserved";

/**
 * - `block-income:immature`, `block-income:mature`: what found blocks pay the pool (negative);
 * - `miner:ID:PART`: what is owed to a miner;
 * - `paid-out:ID`: what was paid to a miner and is settled;
 * - `pool-fee`: the pool's share of block rewards, from which network fees are paid;
 * - `pool-variance`: under pay per share the income of blocks less what shares were credited;
 * - `network-fee`: what the chain took for payments;
 * - `suspense`: what an operator has to decide.
 */
export type Account =
  | "block-income:immature"
  | "block-income:mature"
  | `miner:${string}:${MinerPart}`
  | `paid-out:${string}`
  | "pool-fee"
  | "pool-variance"
  | "network-fee"
  | "suspense";

/** The account of one part of a miner's money. */
export function minerAccount(minerId: string, part: MinerPart): Account {
  return `miner:${minerId}:${part}`;
}

/** The account of what a miner has been paid. */
export function paidOut(minerId: string): Account {
  return `paid-out:${minerId}`;
}

/** The miner that an account belongs to, and its part; undefined for the pool's own. */
export function ownerOf(
  account: Account,
): { readonly minerId: string; readonly part: MinerPart | "paid" } | undefined {
  if (account.startsWith("paid-out:")) {
    return { minerId: account.slice("paid-out:".length), part: "paid" };
  }
  // A miner id may hold colons; the part is what follows the last one.
  const match = /^miner:(.+):(immature|available|reserved)$/.exec(account);
  if (match === null) return undefined;
  return { minerId: match[1] as string, part: match[2] as MinerPart };
}

/**
 * What is wrong with an account that stands at a balance; undefined when nothing is. Nobody's money
 * is ever below 0, and blocks never brought less than nothing.
 */
export function balanceFault(account: Account, balance: bigint): string | undefined {
  if (balance < 0n && (ownerOf(account) !== undefined || account === "network-fee")) {
    return `${account} is at ${balance} zatoshis, below 0`;
  }
  if (balance > 0n && account.startsWith("block-income:")) {
    return `${account} is at ${balance} zatoshis: more was taken back than came`;
  }
  return undefined;
}
