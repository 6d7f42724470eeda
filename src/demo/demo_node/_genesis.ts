/**
 * The demo chain's own first block. It follows from seed and time, holds no work, and hands out a
 * handful of outputs that anyone may spend, from which the mempool's transactions are made.
 *
 * @module
 */
import { concatBytes } from "../../base/mod.ts";
import { encodeBlock, type Header, HEADER_LENGTH, merkleRoot } from "./_block.ts";
import type { Genesis } from "./_chain_block.ts";
import { outputKey } from "./_check_transaction.ts";
import { compactBits } from "./_compact_bits.ts";
import { SOLUTION_LENGTH } from "./_equihash.ts";
import { sha256Twice } from "./_hashes.ts";
import { branchIdAt, type ChainRules } from "./_rules.ts";
import { OPEN_SCRIPT, push } from "./_script.ts";
import { makeTransaction, NO_INDEX } from "./_transaction.ts";

// Enough independent outputs for a mempool of a few transactions a block.
const PREMINE_OUTPUTS = 32;
const PREMINE_ZAT = 1_000_000_000n;

/** Makes the block that a demo chain starts from. */
export function makeGenesis(
  options: { rules: ChainRules; time: number; seed: string },
): Genesis {
  const { rules, time, seed } = options;
  const text = new TextEncoder().encode(`demo chain ${seed}`).subarray(0, 90);
  const transaction = makeTransaction({
    version: 6,
    branchId: branchIdAt(rules, 1),
    lockTime: 0,
    expiryHeight: 0,
    inputs: [{
      previousTxid: new Uint8Array(32),
      previousIndex: NO_INDEX,
      scriptSig: concatBytes(Uint8Array.of(0), push(text)),
      sequence: 0xffff_ffff,
    }],
    outputs: Array.from(
      { length: PREMINE_OUTPUTS },
      () => ({ valueZat: PREMINE_ZAT, script: OPEN_SCRIPT }),
    ),
  });
  const header: Header = {
    version: 4,
    previousBlockHash: new Uint8Array(32),
    merkleRoot: merkleRoot([transaction.txid]),
    blockCommitments: new Uint8Array(32),
    time,
    bits: compactBits(rules.powLimit),
    nonce: new Uint8Array(32),
    solution: new Uint8Array(SOLUTION_LENGTH),
  };
  const bytes = encodeBlock(header, [transaction]);
  return {
    header,
    hash: sha256Twice(bytes.subarray(0, HEADER_LENGTH)),
    bytes,
    txids: [transaction.txid],
    unspent: new Map(
      transaction.outputs.map((output, index) => [outputKey(transaction.txid, index), output]),
    ),
  };
}
