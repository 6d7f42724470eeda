import { bytesToHex, equalBytes } from "../../base/mod.ts";
import { measureBlock, outerSigops } from "../../chain/jobs/mod.ts";
import type { BlockTransaction, JobTemplate } from "../../chain/jobs/mod.ts";
import type { Transaction } from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode, type SetFullTemplateJob } from "../../wire/protocol/mod.ts";
import {
  checkHeaderFields,
  checkNotPools,
  checkRoot,
  type DeclaredBlock,
  findOffer,
} from "./declaration.ts";
import { type CoinbaseRules, readBlocksCoinbase } from "./declared_coinbase.ts";
import { checkTransactions, outpointText } from "./declared_transactions.ts";
import type { NodeQuestions } from "./node_questions.ts";
import type { Offers } from "./offers.ts";
import { DeclarationRefusal } from "./refusal.ts";
import { TransactionList, type TransactionWells } from "./transaction_list.ts";

/** What a full template is judged by. */
export interface FullTemplateParts {
  readonly offers: Offers;
  readonly rules: CoinbaseRules;
  readonly questions: NodeQuestions;
  /** Where its transactions come from. */
  readonly wells: TransactionWells;
}

/**
 * Judges a declared block with transactions of the declarer's choice, by all that can be told before
 * the node judges it in proposal mode. The node waits six minutes for an output that nobody knows,
 * so every input is shown first to be in the block or unspent in the chain.
 *
 * @returns the block with all of its bytes.
 * @throws {DeclarationRefusal} that says what was expected.
 */
export async function judgeFullTemplate(
  declared: SetFullTemplateJob,
  { offers, rules, questions, wells }: FullTemplateParts,
): Promise<DeclaredBlock> {
  const offer = findOffer({ ...declared, templateId: undefined }, offers);
  checkHeaderFields(declared, offer.template);
  const coinbase = readBlocksCoinbase(declared.coinbaseTx, offer, rules);
  const list = new TransactionList(declared, wells, offer.template.body.sizeLimit);
  await list.gather(declared.transactions);
  let template = offer.template.withCoinbase({ ...coinbase, transactions: bodyOf(list) });
  checkRoot("merkle root", template.merkleRoot, declared.merkleRoot);
  if (
    !equalBytes(template.blockCommitments, declared.blockCommitments) &&
    await list.askForSignatures()
  ) {
    template = offer.template.withCoinbase({ ...coinbase, transactions: bodyOf(list) });
  }
  checkRoot("block commitments", template.blockCommitments, declared.blockCommitments);
  checkLimits(coinbase.coinbase, template);
  checkNotPools(template, offer.template);
  const ofChain = checkTransactions(list.all(), offer);
  const spent = await questions.findSpent(bytesToHex(template.previousBlockHash), ofChain);
  if (spent === undefined) return { template, offer };
  throw invalid(`the output ${outpointText(spent)} is spent already or not in the chain`);
}

function bodyOf(list: TransactionList): BlockTransaction[] {
  return list.all().map((transaction) => ({
    data: transaction.bytes,
    txid: transaction.txid,
    authDigest: transaction.authDigest,
    sigops: outerSigops(transaction),
  }));
}

/** Redeem scripts, which only the spent outputs show, are counted by the node. */
function checkLimits(coinbase: Transaction, { body }: JobTemplate): void {
  const { transactions, sizeLimit, sigopLimit } = body;
  const { size, sigops } = measureBlock(coinbase, transactions);
  if (size > sizeLimit) {
    throw invalid(`a block of at most ${sizeLimit} bytes is expected, not ${size}`);
  }
  if (sigops > sigopLimit) {
    throw invalid(`at most ${sigopLimit} signature operations are expected, not ${sigops}`);
  }
}

function invalid(message: string): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.invalidTransactions, message);
}
