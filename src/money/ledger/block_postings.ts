/**
 * What the life of a found block means for the journal. Each function makes one entry, whose id
 * says what happened, so that it can be posted any number of times and counts once.
 *
 * @module
 */
import { minerAccount } from "./account.ts";
import type { Distribution } from "./distribution.ts";
import { type JournalEntry, type JournalLine, makeEntry, reverseEntry } from "./journal_entry.ts";

/** A block as the journal names it. */
export interface PostedBlock {
  /** Reversed hexadecimal form. */
  readonly hash: string;
  readonly atMs: number;
}

/** Pay per share: the block's income is the pool's, who has paid for it share by share. */
export function ppsBlockFound(block: PostedBlock, valueZat: bigint): JournalEntry {
  return makeEntry({
    id: `block:${block.hash}:found`,
    atMs: block.atMs,
    reason: "block accepted",
    lines: [
      { account: "block-income:immature", amountZat: -valueZat },
      { account: "pool-variance", amountZat: valueZat },
    ],
  });
}

/** Schemes that pay at blocks: every miner's part, immature, and the pool's fee. */
export function blockFound(block: PostedBlock, distribution: Distribution): JournalEntry {
  const parts = distribution.parts.map(({ minerId, amountZat }): JournalLine => ({
    account: minerAccount(minerId, "immature"),
    amountZat,
  }));
  return makeEntry({
    id: `block:${block.hash}:found`,
    atMs: block.atMs,
    reason: "block accepted",
    lines: [
      { account: "block-income:immature", amountZat: -distribution.valueZat },
      { account: "pool-fee", amountZat: distribution.feeZat },
      ...parts,
    ],
  });
}

/**
 * The block has the depth at which its coinbase may be spent: what it brought is there, and what
 * it credited is due.
 *
 * @param found the entry that was posted when the block was accepted.
 */
export function blockMatured(block: PostedBlock, found: JournalEntry): JournalEntry {
  const lines = found.lines.flatMap(({ account, amountZat }): JournalLine[] => {
    const matured = maturedForm(account);
    return matured === undefined
      ? []
      : [{ account, amountZat: -amountZat }, { account: matured, amountZat }];
  });
  return makeEntry({
    id: `block:${block.hash}:matured`,
    atMs: block.atMs,
    reason: "block matured",
    lines,
  });
}

/**
 * The block left the best chain before it was mature: exactly what it credited is taken back.
 *
 * @param round 1 for the first time, 2 after it had returned, and so on.
 */
export function blockOrphaned(
  block: PostedBlock,
  found: JournalEntry,
  round: number,
): JournalEntry {
  return reverseEntry(found, {
    id: `block:${block.hash}:orphaned:${round}`,
    atMs: block.atMs,
    reason: "block orphaned before maturity",
  });
}

/** An orphaned block is in the best chain again: the same credits once more. */
export function blockReturned(
  block: PostedBlock,
  found: JournalEntry,
  round: number,
): JournalEntry {
  return makeEntry({
    id: `block:${block.hash}:returned:${round}`,
    atMs: block.atMs,
    reason: "orphaned block returned to the best chain",
    lines: found.lines,
  });
}

/**
 * A mature block was lost in a deep reorganisation. What miners were credited may be paid already,
 * so the pool bears the loss, and nobody is made to owe.
 */
export function matureBlockLost(
  block: PostedBlock,
  valueZat: bigint,
  round: number,
): JournalEntry {
  return makeEntry({
    id: `block:${block.hash}:lost:${round}`,
    atMs: block.atMs,
    reason: "mature block lost in a reorganisation",
    lines: [
      { account: "block-income:mature", amountZat: valueZat },
      { account: "pool-variance", amountZat: -valueZat },
    ],
  });
}

/** A mature block that was lost is back. */
export function matureBlockRegained(
  block: PostedBlock,
  valueZat: bigint,
  round: number,
): JournalEntry {
  return reverseEntry(matureBlockLost(block, valueZat, round), {
    id: `block:${block.hash}:regained:${round}`,
    atMs: block.atMs,
    reason: "lost block returned to the best chain",
  });
}

function maturedForm(account: JournalLine["account"]): JournalLine["account"] | undefined {
  if (account === "block-income:immature") return "block-income:mature";
  if (!account.startsWith("miner:")) return undefined;
  return account.replace(/:immature$/, ":available") as JournalLine["account"];
}
