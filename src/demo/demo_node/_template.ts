/**
 * A block template and its form in JSON, field for field as zebrad 7.0.0 gives it.
 *
 * @module
 */
import { bytesToHex, concatBytes, displayHash, hexToBytes, reversed } from "../../base/mod.ts";
import { authDataRoot, blockCommitments, merkleRoot } from "./_block.ts";
import type { ChainBlock } from "./_chain_block.ts";
import { FUTURE_SECS_MAX, SIGOPS_MAX, targetAfter } from "./_check_block.ts";
import { BLOCK_LENGTH_MAX, HEADER_LENGTH } from "./_block.ts";
import { sigopsOf } from "./_check_transaction.ts";
import { compactBits } from "./_compact_bits.ts";
import { medianTime } from "./_difficulty.ts";
import { dependencies, type PendingTransaction } from "./_mempool.ts";
import { branchIdAt, type ChainRules, minerFeesAt, subsidyAt } from "./_rules.ts";
import { push, pushHeight } from "./_script.ts";
import {
  makeTransaction,
  NO_INDEX,
  type Transaction,
  type TransactionOutput,
} from "./_transaction.ts";

/** Work for a miner, before it is written as JSON. */
export interface Template {
  readonly parent: ChainBlock;
  readonly coinbase: Transaction;
  readonly transactions: readonly PendingTransaction[];
  readonly feesZat: bigint;
  readonly minerFeesZat: bigint;
  readonly bits: number;
  readonly target: bigint;
  readonly minTime: number;
  readonly curTime: number;
  readonly maxTime: number;
  readonly chainHistoryRoot: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly authDataRoot: Uint8Array;
  readonly blockCommitments: Uint8Array;
  readonly longPollId: string;
}

/** What a template is made from. */
export interface TemplateSource {
  readonly rules: ChainRules;
  readonly parent: ChainBlock;
  readonly transactions: readonly PendingTransaction[];
  readonly minerScript: Uint8Array;
  /** Goes behind the node's own mark in the scriptSig, at most 86 bytes. */
  readonly extraCoinbaseData: Uint8Array;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /** For tests: spoils the template's parts before the roots are made. */
  readonly spoil?: TemplateSpoiler | undefined;
}

/** Changes that make a template wrong in one way. */
export interface TemplateSpoiler {
  outputs?(outputs: TransactionOutput[]): TransactionOutput[];
  finished?(template: Template): Template;
}

// UTF-8 of U+1F993, which the real node puts into each of its coinbases.
const NODE_MARK = hexToBytes("f09fa693");
// Room for the count of transactions.
const COUNT_LENGTH_MAX = 5;

/** Builds a template for a child of `source.parent`. */
export function buildTemplate(source: TemplateSource): Template {
  const { rules, parent } = source;
  const height = parent.height + 1;
  const transactions = select(source);
  const feesZat = transactions.reduce((sum, { feeZat }) => sum + feeZat, 0n);
  const coinbase = makeCoinbase(source, height, feesZat);
  const all = [coinbase, ...transactions.map((pending) => pending.transaction)];
  const chainHistoryRoot = parent.historyRoot;
  const authRoot = authDataRoot(all.map((transaction) => transaction.authDigest));
  const target = targetAfter(parent, rules);
  const times = timesOf(source);
  const template: Template = {
    parent,
    coinbase,
    transactions,
    feesZat,
    minerFeesZat: minerFeesAt(rules, height, feesZat),
    bits: compactBits(target),
    target,
    ...times,
    chainHistoryRoot,
    merkleRoot: merkleRoot(all.map((transaction) => transaction.txid)),
    authDataRoot: authRoot,
    blockCommitments: blockCommitments(chainHistoryRoot, authRoot),
    longPollId: longPollIdOf(parent, times.maxTime, transactions),
  };
  return source.spoil?.finished?.(template) ?? template;
}

/** A template as getblocktemplate's result. */
export function templateToJson(template: Template): Record<string, unknown> {
  const commitments = displayHash(template.blockCommitments);
  const depends = dependencies(template.transactions.map((pending) => pending.transaction));
  return {
    capabilities: ["proposal"],
    version: 4,
    previousblockhash: displayHash(template.parent.hash),
    blockcommitmentshash: commitments,
    lightclientroothash: commitments,
    finalsaplingroothash: commitments,
    defaultroots: {
      merkleroot: displayHash(template.merkleRoot),
      chainhistoryroot: displayHash(template.chainHistoryRoot),
      authdataroot: displayHash(template.authDataRoot),
      blockcommitmentshash: commitments,
    },
    transactions: template.transactions.map(({ transaction, feeZat, sigops }, i) => ({
      ...transactionToJson(transaction, depends[i] ?? []),
      fee: Number(feeZat),
      sigops,
      required: false,
    })),
    coinbasetxn: {
      ...transactionToJson(template.coinbase, []),
      // Minus a zero amount would be written as -0.
      fee: Number(0n - template.minerFeesZat),
      sigops: sigopsOf(template.coinbase),
      required: true,
    },
    longpollid: template.longPollId,
    target: template.target.toString(16).padStart(64, "0"),
    mintime: template.minTime,
    mutable: ["time"],
    noncerange: "00000000ffffffff",
    sigoplimit: SIGOPS_MAX,
    sizelimit: BLOCK_LENGTH_MAX,
    curtime: template.curTime,
    bits: template.bits.toString(16).padStart(8, "0"),
    height: template.parent.height + 1,
    maxtime: template.maxTime,
  };
}

function transactionToJson(transaction: Transaction, depends: number[]) {
  return {
    data: bytesToHex(transaction.bytes),
    hash: displayHash(transaction.txid),
    authdigest: displayHash(transaction.authDigest),
    depends,
  };
}

/** As many waiting transactions, in their order, as fit; what depends on a left-out one stays out. */
function select({ transactions }: TemplateSource): PendingTransaction[] {
  // The coinbase is made later; this is more than it ever takes.
  let bytesLeft = BLOCK_LENGTH_MAX - HEADER_LENGTH - COUNT_LENGTH_MAX - 1_000;
  let sigopsLeft = SIGOPS_MAX - 100;
  const fitting = transactions.findIndex(({ transaction, sigops }) => {
    bytesLeft -= transaction.bytes.length;
    sigopsLeft -= sigops;
    return bytesLeft < 0 || sigopsLeft < 0;
  });
  return fitting < 0 ? [...transactions] : transactions.slice(0, fitting);
}

/** The coinbase in the real node's form: the miner first, then the funding stream. */
function makeCoinbase(source: TemplateSource, height: number, feesZat: bigint): Transaction {
  const { rules, minerScript, extraCoinbaseData } = source;
  const { minerZat, streamZat } = subsidyAt(rules, height);
  const outputs: TransactionOutput[] = [
    { valueZat: minerZat + minerFeesAt(rules, height, feesZat), script: minerScript },
  ];
  if (rules.fundingStream) {
    outputs.push({ valueZat: streamZat, script: rules.fundingStream.script });
  }
  const mark = extraCoinbaseData.length === 0
    ? NODE_MARK
    : concatBytes(NODE_MARK, new TextEncoder().encode(": "), extraCoinbaseData);
  return makeTransaction({
    version: 6,
    branchId: branchIdAt(rules, height),
    lockTime: 0,
    expiryHeight: height,
    inputs: [{
      previousTxid: new Uint8Array(32),
      previousIndex: NO_INDEX,
      scriptSig: concatBytes(pushHeight(height), push(mark)),
      sequence: 0xffff_ffff,
    }],
    outputs: source.spoil?.outputs?.(outputs) ?? outputs,
  });
}

/** Times as on young test networks: no bound above the median, two hours past the clock. */
function timesOf({ parent, nowMs, rules }: TemplateSource) {
  const now = Math.floor(nowMs / 1000);
  const minTime = medianTime(parent.lineage(11)) + 1;
  const maxTime = now + FUTURE_SECS_MAX;
  const curTime = rules.proofOfWork ? Math.min(Math.max(now, minTime), maxTime) : minTime;
  return { minTime, curTime, maxTime };
}

function longPollIdOf(
  parent: ChainBlock,
  maxTime: number,
  transactions: readonly PendingTransaction[],
): string {
  const ids = transactions.map(({ transaction }) => reversed(transaction.txid));
  return decimal10(parent.height) + checksum([reversed(parent.hash)]) + decimal10(maxTime) +
    decimal10(transactions.length) + checksum(ids);
}

function decimal10(value: number): string {
  return String(value).padStart(10, "0");
}

/** All groups of four bytes, exclusive-ored: enough to see that something changed. */
function checksum(hashes: readonly Uint8Array[]): string {
  const sum = new Uint8Array(4);
  for (const hash of hashes) hash.forEach((byte, i) => sum[i % 4] = (sum[i % 4] ?? 0) ^ byte);
  return bytesToHex(sum);
}
