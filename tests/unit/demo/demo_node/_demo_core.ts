/** A demo node without sockets, and blocks on top of it that are right but for what a test changes. */
import assert from "node:assert/strict";
import { hexToBytes } from "../../../../src/base/mod.ts";
import { readTransparentAddress, scriptOf } from "../../../../src/demo/demo_node/_address.ts";
import {
  authDataRoot,
  blockCommitments,
  encodeBlock,
  type Header,
  merkleRoot,
} from "../../../../src/demo/demo_node/_block.ts";
import { roundTarget } from "../../../../src/demo/demo_node/_compact_bits.ts";
import { SOLUTION_LENGTH } from "../../../../src/demo/demo_node/_equihash.ts";
import { makeGenesis } from "../../../../src/demo/demo_node/_genesis.ts";
import { NodeCore } from "../../../../src/demo/demo_node/_node_core.ts";
import type { ChainRules } from "../../../../src/demo/demo_node/_rules.ts";
import type { Template } from "../../../../src/demo/demo_node/_template.ts";
import {
  makeTransaction,
  type Transaction,
  type TransactionFields,
} from "../../../../src/demo/demo_node/_transaction.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const STREAM_ADDRESS = "t2Gvxv2uNM7hbbACjNox4H6DjByoKZ2Fa3P";

export function demoRules(): ChainRules {
  const stream = readTransparentAddress(STREAM_ADDRESS);
  assert(stream !== undefined);
  return {
    powLimit: roundTarget((1n << 253n) - 1n),
    proofOfWork: true,
    nu7Height: 1,
    nu7SpacingSecs: 25,
    fundingStream: { address: STREAM_ADDRESS, script: scriptOf(stream) },
  };
}

/** @param options `transactionIntervalMs` 0 leaves the mempool empty. */
export function demoCore(
  options: { seed?: string; transactionIntervalMs?: number; minerAddress?: string } = {},
) {
  const clock = new FakeClock();
  const rules = demoRules();
  const seed = options.seed ?? "test";
  const judged: { hash: string; answer: string | null; reason?: string }[] = [];
  const core = new NodeCore({
    rules,
    genesis: makeGenesis({ rules, time: Math.floor(clock.now() / 1000) - 86_400, seed }),
    minerAddress: options.minerAddress ?? "tmJymvcUCn1ctbghvTJpXBwHiMEB8P6wxNV",
    extraCoinbaseData: new Uint8Array(0),
    seed,
    transactionIntervalMs: options.transactionIntervalMs ?? 4_000,
  }, { clock, onBlock: (event) => judged.push(event) });
  return { core, clock, judged };
}

/** What a test changes in a block. */
export interface BlockChanges {
  /** Before the roots are made, so that they fit. */
  readonly coinbase?: (fields: TransactionFields) => Partial<TransactionFields>;
  readonly transactions?: (list: Transaction[]) => Transaction[];
  /** After everything else; what it gives need not fit. */
  readonly header?: (header: Header) => Partial<Header>;
}

/** The template's block, with changes and a solution of zeros. */
export function blockOf(template: Template, changes: BlockChanges = {}): Uint8Array {
  const coinbase = makeTransaction({
    ...template.coinbase,
    ...changes.coinbase?.(template.coinbase),
  });
  const list = [coinbase, ...template.transactions.map((pending) => pending.transaction)];
  const all = changes.transactions?.(list) ?? list;
  const authRoot = authDataRoot(all.map((transaction) => transaction.authDigest));
  const header: Header = {
    version: 4,
    previousBlockHash: template.parent.hash,
    merkleRoot: merkleRoot(all.map((transaction) => transaction.txid)),
    blockCommitments: blockCommitments(template.chainHistoryRoot, authRoot),
    time: template.curTime,
    bits: template.bits,
    nonce: hexToBytes("07".padEnd(64, "0")),
    solution: new Uint8Array(SOLUTION_LENGTH),
  };
  return encodeBlock({ ...header, ...changes.header?.(header) }, all);
}

/** The board's template. */
export function currentTemplate(core: NodeCore): Template {
  assert(core.board !== undefined);
  return core.board.current;
}
