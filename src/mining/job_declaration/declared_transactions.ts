import { bytesToHex, displayHash } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { encodeOutpoint, type Transaction, type TransparentInput } from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** The index that only a coinbase's input has. */
const NO_INDEX = 0xffff_ffff;

/** What the rules of single transactions need of the block. */
export interface BlockFrame {
  readonly template: Pick<JobTemplate, "height">;
  readonly coinbase: Pick<Transaction, "consensusBranchId">;
}

/**
 * Looks into the transactions of a declared block, as far as it can be told without the chain: no
 * coinbase among them, none expired or of another upgrade, none that spends what another has spent
 * or what comes later in the list.
 *
 * @returns what the chain has to hold unspent, by outpoint in hexadecimal digits.
 * @throws {DeclarationRefusal} `invalidTransactions`.
 */
export function checkTransactions(
  transactions: readonly Transaction[],
  frame: BlockFrame,
): Map<string, TransparentInput> {
  const places = new Map(transactions.map(({ txid }, i) => [bytesToHex(txid), i]));
  const spent = new Set<string>();
  const ofChain = new Map<string, TransparentInput>();
  transactions.forEach((transaction, place) => {
    checkTransaction(transaction, frame);
    for (const input of transaction.inputs) {
      const key = bytesToHex(encodeOutpoint(input));
      if (spent.has(key)) throw invalid(transaction, `spends ${outpointText(input)} once more`);
      spent.add(key);
      const parent = places.get(bytesToHex(input.previousTxid));
      if (parent === undefined) ofChain.set(key, input);
      else checkParent(transaction, place, input, { place: parent, transactions });
    }
  });
  return ofChain;
}

/** An outpoint as people write it. */
export function outpointText({ previousTxid, previousIndex }: TransparentInput): string {
  return `${displayHash(previousTxid)}:${previousIndex}`;
}

function checkTransaction(transaction: Transaction, { template, coinbase }: BlockFrame): void {
  const { consensusBranchId: branch, expiryHeight = 0, inputs } = transaction;
  if (inputs.some(({ previousIndex }) => previousIndex === NO_INDEX)) {
    throw invalid(transaction, "is a coinbase, and only the first of a block is one");
  }
  if (branch !== undefined && branch !== coinbase.consensusBranchId) {
    throw invalid(
      transaction,
      `is of branch ${hex(branch)}, not ${hex(coinbase.consensusBranchId)}`,
    );
  }
  if (expiryHeight !== 0 && expiryHeight < template.height) {
    throw invalid(transaction, `has expired at height ${expiryHeight}`);
  }
}

function checkParent(
  transaction: Transaction,
  place: number,
  input: TransparentInput,
  parent: { readonly place: number; readonly transactions: readonly Transaction[] },
): void {
  const { previousIndex } = input;
  if (parent.place >= place) {
    throw invalid(transaction, `stands before ${displayHash(input.previousTxid)}, which it spends`);
  }
  if (previousIndex < (parent.transactions[parent.place]?.outputs.length ?? 0)) return;
  throw invalid(transaction, `spends ${outpointText(input)}, which there is not`);
}

function hex(branchId = 0): string {
  return branchId.toString(16).padStart(8, "0");
}

function invalid({ txid }: Transaction, what: string): DeclarationRefusal {
  return new DeclarationRefusal(
    DeclarationErrorCode.invalidTransactions,
    `transaction ${displayHash(txid)} ${what}`,
  );
}
