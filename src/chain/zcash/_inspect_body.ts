import { bytesToHex, displayHash, equalBytes } from "../../base/mod.ts";
import type { BlockHeader } from "./block_header.ts";
import type { BlockReport, CoinbaseReport } from "./block_report.ts";
import { authDataRoot, merkleRoot } from "./block_roots.ts";
import { ByteReader } from "./byte_reader.ts";
import { ZcashFormatError } from "./format_error.ts";
import { heightOfCoinbaseScript, paymentForm } from "./script.ts";
import { parseTransaction, type Transaction } from "./transaction.ts";

/** Version, two counts and a lock time: nothing shorter is a transaction. */
const TRANSACTION_LENGTH_MIN = 10;

/** The transactions of a block, as far as they could be read. */
export interface BlockBody {
  readonly transactions: readonly Transaction[];
  /** How many the block announces. */
  readonly count: number | null;
  /** True when all were read. */
  readonly complete: boolean;
}

/** What a block without a header has. */
export const NO_BODY: BlockBody = { transactions: [], count: null, complete: false };

/** Reads all transactions, up to the first that breaks off. */
export function readBody(bytes: Uint8Array, start: number, faults: string[]): BlockBody {
  const transactions: Transaction[] = [];
  let count: number | null = null;
  try {
    const reader = new ByteReader(bytes, start);
    count = reader.count("block.transactions", TRANSACTION_LENGTH_MIN);
    let offset = reader.offset;
    for (let i = 0; i < count; i++) {
      const transaction = parseTransaction(bytes, offset);
      transactions.push(transaction);
      offset += transaction.bytes.length;
    }
    checkEnd(bytes, offset, count, faults);
    return { transactions, count, complete: true };
  } catch (error) {
    if (!(error instanceof ZcashFormatError)) throw error;
    const where = count === null ? "" : `Transaction ${transactions.length} of ${count}: `;
    faults.push(`${where}${error.message}.`);
    return { transactions, count, complete: false };
  }
}

function checkEnd(bytes: Uint8Array, offset: number, count: number, faults: string[]): void {
  if (count === 0) faults.push("The block has no transaction, not even a coinbase.");
  if (offset < bytes.length) {
    faults.push(`${bytes.length - offset} bytes follow the block's end at byte ${offset}.`);
  }
}

/** Compares the transactions with the header. */
export function reportRoots(
  header: BlockHeader,
  transactions: readonly Transaction[],
  faults: string[],
): Pick<BlockReport, "merkleRootValid" | "authDataRoot"> {
  if (transactions.length === 0) return { merkleRootValid: false, authDataRoot: null };
  const txids = transactions.map((tx) => tx.txid);
  const computed = merkleRoot(txids);
  const merkleRootValid = equalBytes(computed, header.merkleRoot);
  if (!merkleRootValid) {
    faults.push(
      `The transactions' merkle root is ${displayHash(computed)}, ` +
        `the header's ${displayHash(header.merkleRoot)}.`,
    );
  }
  // The tree repeats the last node of an odd level, so that a list with repeated transactions can
  // have the same root as one without.
  if (new Set(txids.map(bytesToHex)).size < txids.length) {
    faults.push("A transaction stands in the block twice.");
  }
  const digests = transactions.map((tx) => tx.authDigest);
  return { merkleRootValid, authDataRoot: displayHash(authDataRoot(digests)) };
}

/** The height that the coinbase says; 0 for a block without a parent. */
export function heightOf(
  header: BlockHeader,
  coinbase: Transaction,
  faults: string[],
): number | null {
  const [input] = coinbase.inputs;
  const spendsNothing = input?.previousIndex === 0xffff_ffff &&
    input.previousTxid.every((byte) => byte === 0);
  if (input === undefined || coinbase.inputs.length !== 1 || !spendsNothing) {
    faults.push("The first transaction is no coinbase.");
    return null;
  }
  if (header.previousBlockHash.every((byte) => byte === 0)) return 0;
  const height = heightOfCoinbaseScript(input.script);
  if (height === undefined) faults.push("The coinbase does not start with a height.");
  return height ?? null;
}

/** A coinbase in words. */
export function reportCoinbase(coinbase: Transaction): CoinbaseReport {
  const script = coinbase.inputs[0]?.script ?? new Uint8Array(0);
  return {
    version: coinbase.version,
    consensusBranchId: coinbase.consensusBranchId?.toString(16).padStart(8, "0") ?? null,
    expiryHeight: coinbase.expiryHeight ?? null,
    scriptSig: bytesToHex(script),
    scriptText: printable(script),
    outputs: coinbase.outputs.map((output) => ({
      valueZat: output.valueZat,
      script: bytesToHex(output.script),
      form: paymentForm(output.script) ?? "other",
    })),
    shieldedZat: -coinbase.valueBalanceZat,
  };
}

/** Bytes of a stranger: nothing but plain ASCII may reach a terminal. */
function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")
    .join("");
}
