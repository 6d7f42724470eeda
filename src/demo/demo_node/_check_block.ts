/**
 * All rules of a block, in the order in which the real node applies them: first what the block
 * shows by itself, then what its parent decides.
 *
 * @module
 */
import { bytesToHex, displayHash, equalBytes } from "../../base/mod.ts";
import { authDataRoot, type Block, blockCommitments, merkleRoot } from "./_block.ts";
import type { BlockEffects, ChainBlock } from "./_chain_block.ts";
import { compactBits, expandBits } from "./_compact_bits.ts";
import { checkCoinbaseForm, checkCoinbaseValue } from "./_check_coinbase.ts";
import { checkProofOfWork } from "./_check_proof.ts";
import {
  applyTransaction,
  checkAmounts,
  checkTransactionForm,
  sigopsOf,
  type Unspent,
} from "./_check_transaction.ts";
import { medianTime, nextTarget } from "./_difficulty.ts";
import { BlockRefusal, faultOfBlock, faultOfContext } from "./_refusal.ts";
import { type ChainRules, difficultyWindowAt } from "./_rules.ts";
import type { TransactionOutput } from "./_transaction.ts";

/** The most signature checks of a block, coinbase included. */
export const SIGOPS_MAX = 20_000;
/** How far a header's time may be ahead of the node's clock. */
export const FUTURE_SECS_MAX = 7_200;

/** How a block is looked at. */
export interface CheckOptions {
  readonly rules: ChainRules;
  /** Unix time of the node's clock in milliseconds. */
  readonly nowMs: number;
  /** False for proposals and for blocks that the node's own control interface makes. */
  readonly proofOfWork: boolean;
}

/**
 * Checks what a block shows by itself.
 *
 * @returns the height that it claims.
 * @throws {BlockRefusal}
 */
export function checkAlone(block: Block, options: CheckOptions): number {
  const { rules } = options;
  const [coinbase, ...others] = block.transactions;
  if (coinbase?.coinbase !== true) throw faultOfBlock("NoCoinbase");
  if (options.proofOfWork) checkProofOfWork(block, rules);
  checkMerkleTree(block);
  const height = checkCoinbaseForm(coinbase, rules);
  checkNotFromFuture(block, height, options.nowMs);
  checkAmounts(coinbase);
  if (others.some((transaction) => transaction.coinbase)) throw faultOfBlock("CoinbaseAfterFirst");
  const sigops = block.transactions.reduce((sum, transaction) => sum + sigopsOf(transaction), 0);
  if (sigops > SIGOPS_MAX) throw faultOfBlock(`TooManyTransparentSignatureOperations(${sigops})`);
  return height;
}

/**
 * Checks a block against its parent.
 *
 * @param claimedHeight from {@link checkAlone}.
 * @throws {BlockRefusal}
 */
export function checkAgainstParent(
  block: Block,
  claimedHeight: number,
  parent: ChainBlock,
  rules: ChainRules,
): BlockEffects {
  const height = parent.height + 1;
  if (claimedHeight !== height) {
    throw faultOfContext(
      `NonSequentialBlock { candidate_height: ${claimedHeight}, parent_height: ${parent.height} }`,
    );
  }
  const median = checkTimeAndBits(block, parent, rules);
  const authRoot = authDataRoot(block.transactions.map((transaction) => transaction.authDigest));
  const commitments = blockCommitments(parent.historyRoot, authRoot);
  if (!equalBytes(commitments, block.header.blockCommitments)) {
    throw faultOfContext(
      "InvalidBlockCommitment(InvalidChainHistoryBlockTxAuthCommitment { " +
        `expected: [${commitments.join(", ")}], actual: [${
          block.header.blockCommitments.join(", ")
        }]`,
    );
  }
  return spend(block, { height, medianTime: median }, parent, rules);
}

/** The target that a child of this block must have. */
export function targetAfter(parent: ChainBlock, rules: ChainRules): bigint {
  if (!rules.proofOfWork) return rules.powLimit;
  const window = difficultyWindowAt(rules, parent.height + 1);
  return nextTarget(rules.powLimit, window, parent.lineage(window.blocks + 11));
}

function checkNotFromFuture(block: Block, height: number, nowMs: number): void {
  const { time } = block.header;
  if (time > nowMs / 1000 + FUTURE_SECS_MAX) {
    const parts = [
      dateText(time),
      `Height(${height})`,
      `block::Hash(${displayHash(block.hash)})`,
      new Date(nowMs).toISOString(),
    ];
    throw new BlockRefusal(`Block { source: Time(InvalidBlockTime(${parts.join(", ")})) }`);
  }
}

function checkMerkleTree(block: Block): void {
  const txids = block.transactions.map((transaction) => transaction.txid);
  const root = merkleRoot(txids);
  if (!equalBytes(root, block.header.merkleRoot)) {
    throw faultOfBlock(
      `BadMerkleRoot { actual: Root("${bytesToHex(root)}"), ` +
        `expected: Root("${bytesToHex(block.header.merkleRoot)}") }`,
    );
  }
  // Without this rule a repeated pair would leave the root as it is (CVE-2012-2459).
  if (new Set(txids.map(bytesToHex)).size !== txids.length) {
    throw faultOfBlock("DuplicateTransaction");
  }
}

function checkTimeAndBits(block: Block, parent: ChainBlock, rules: ChainRules): number {
  const { time, bits } = block.header;
  const median = medianTime(parent.lineage(11));
  if (time <= median) {
    throw faultOfContext(
      `TimeTooEarly { candidate_time: ${dateText(time)}, median_time_past: ${dateText(median)} }`,
    );
  }
  const expected = compactBits(targetAfter(parent, rules));
  if (bits !== expected) {
    throw faultOfContext(
      `InvalidDifficultyThreshold { difficulty_threshold: ${bitsText(bits)}, ` +
        `expected_difficulty: ${bitsText(expected)} }`,
    );
  }
  return median;
}

function spend(
  block: Block,
  context: { height: number; medianTime: number },
  parent: ChainBlock,
  rules: ChainRules,
): BlockEffects {
  const [coinbase, ...others] = block.transactions;
  if (coinbase === undefined) throw faultOfBlock("NoCoinbase");
  let feesZat = 0n;
  let unspent: Unspent = parent.unspent;
  if (others.length > 0) {
    const changed = new Map<string, TransactionOutput>(parent.unspent);
    const spentKeys = new Set<string>();
    for (const transaction of others) {
      checkTransactionForm(transaction, rules, context);
      feesZat += applyTransaction(transaction, changed, spentKeys);
    }
    unspent = changed;
  }
  checkCoinbaseValue(coinbase, rules, context.height, feesZat);
  return { feesZat, unspent };
}

function dateText(time: number): string {
  return new Date(time * 1000).toISOString().replace(".000", "");
}

function bitsText(bits: number): string {
  const hex = bits.toString(16).padStart(8, "0");
  const target = (expandBits(bits) ?? 0n).toString(16).padStart(64, "0");
  return `CompactDifficulty(0x${hex}, Some(ExpandedDifficulty("${target}")))`;
}
