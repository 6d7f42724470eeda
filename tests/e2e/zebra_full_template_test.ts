/**
 * Full templates against two real zebrads, which know the same chain and not each other: the
 * declared transaction is in the mempool of the declarer's node only.
 */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import {
  type BlockTemplate,
  parseBlockTemplate,
  parseTransaction,
  type Transaction,
} from "../../src/chain/zcash/mod.ts";
import {
  AllocateMiningJobTokenSuccess,
  DeclarationErrorCode as Code,
  DeclarationTemplate,
  GetMissingTransactions,
  SetFullTemplateJobError,
  SetFullTemplateJobSuccess,
} from "../../src/wire/protocol/mod.ts";
import { minerOutput, send, type Unspent } from "../support/chain_transactions.ts";
import type { Declarer } from "../support/declarer.ts";
import { LivePool } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { spendingTransaction } from "../support/spending_transaction.ts";
import { until } from "../support/until.ts";
import { ANYONE_CAN_SPEND_ADDRESS, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { connectDeclarer, mineDeclared } from "./_declaring.ts";
import { isLongForm } from "./_long_form.ts";

/** A coinbase can be spent from this depth on. */
const BLOCKS = 101;

/** The short form declares in the middle one, and finds no block. */
const LEVELS = ["Minimal", "Standard", "Strict"] as const;

/** Gives a node the blocks that another one has more. */
async function copyBlocks(from: ZebraNode, to: ZebraNode, heights: readonly number[]) {
  for (const height of heights) {
    assert.equal(await to.rpc("submitblock", await from.rpc("getblock", String(height), 0)), null);
  }
}

/** The template of the declarer's node, once it holds the transaction. */
async function ownTemplate(node: ZebraNode, txid: string): Promise<BlockTemplate> {
  let template: BlockTemplate | undefined;
  await until("the declarer's node has a template with its transaction", async () => {
    template = parseBlockTemplate(await node.client().getBlockTemplate());
    return template.transactions.some((transaction) => displayHash(transaction.txid) === txid);
  });
  if (template === undefined) throw new Error("no template");
  return template;
}

/** The pool's coinbase with the sum that the declarer's own node has computed. */
function coinbaseFor(declarer: Declarer, own: BlockTemplate, offBy = 0n): Transaction {
  const sum = (bytes: Uint8Array) =>
    parseTransaction(bytes).outputs.reduce((total, { valueZat }) => total + valueZat, 0n);
  const more = sum(own.coinbase) - sum(declarer.template.coinbaseTx);
  return declarer.coinbase({ offBy: more + offBy });
}

async function refusal(
  declarer: Declarer,
  ...block: Parameters<Declarer["declareFull"]>
): Promise<[code: number, message: string]> {
  const before = declarer.heard(SetFullTemplateJobError).length;
  await declarer.declareFull(...block);
  const { code, message } = await declarer.hear(SetFullTemplateJobError, before + 1);
  return [code, message];
}

/** What the pool must not take, with the words of its node. */
async function declareWrongly(
  declarer: Declarer,
  own: BlockTemplate,
  transactions: readonly Transaction[],
): Promise<void> {
  for (const offBy of [1n, -1n]) {
    const coinbase = coinbaseFor(declarer, own, offBy);
    const [code, message] = await refusal(declarer, transactions, { coinbase });
    assert.equal(code, Code.invalidTransactions);
    assert.match(message, /^the pool's node refuses the block: /);
  }
  const began = performance.now();
  const [code, message] = await refusal(declarer, [spendingTransaction(1)]);
  assert.equal(code, Code.invalidTransactions);
  assert.match(message, /is spent already or not in the chain$/);
  const took = performance.now() - began;
  assert.ok(took < 60_000, `the node was not asked to wait for an unknown output: ${took} ms`);
}

testWith(
  "zebrad",
  "a declared block with a transaction that only the declarer's node knows is taken by the pool's",
  async (path) => {
    const network = regtest({ fundingStreams: true });
    const minerAddress = ANYONE_CAN_SPEND_ADDRESS;
    await using stack = new AsyncDisposableStack();
    const [declarers, pools] = await Promise.all([
      ZebraNode.start(path, { network, minerAddress }).then((node) => stack.use(node)),
      ZebraNode.start(path, { network, minerAddress }).then((node) => stack.use(node)),
    ]);
    await untilTemplate(declarers);
    await declarers.generate(BLOCKS);
    await copyBlocks(declarers, pools, Array.from({ length: BLOCKS }, (_, i) => i + 1));
    await untilTemplate(pools);

    const sendOn = (unspent: Unspent) => send(declarers, [unspent], { feeZat: 10_000 });
    let sent = await sendOn(await minerOutput(declarers, 1));
    let height = BLOCKS;
    for (const level of isLongForm() ? LEVELS : LEVELS.slice(1, 2)) {
      const own = await ownTemplate(declarers, sent.txid);
      const transactions = own.transactions.map(({ data }) => parseTransaction(data));
      await using pool = await LivePool.start({
        nodes: [pools.url],
        cookiePath: pools.cookiePath,
        jd: `full_template_enabled = true\nfull_template_validation = "${level}"\n` +
          "share_difficulty = 0.000122",
      });
      await pool.events.next("work", ({ kind }) => kind === "work");
      const declarer = await connectDeclarer(pool);
      await declarer.allocate({ requestedMode: 1 });
      await declarer.hear(AllocateMiningJobTokenSuccess);
      await declarer.hear(DeclarationTemplate);
      await declareWrongly(declarer, own, transactions);

      const coinbase = coinbaseFor(declarer, own);
      await declarer.declareFull(transactions, { coinbase, transactions: [] });
      const { txids } = await declarer.hear(GetMissingTransactions);
      assert.deepEqual(txids.map(displayHash), transactions.map(({ txid }) => displayHash(txid)));
      await declarer.provide(transactions);
      const { jobId, submitter } = await declarer.hear(SetFullTemplateJobSuccess);
      assert.equal(submitter, 0);
      if (!isLongForm()) continue;

      const header = declarer.fullTemplate(transactions, { coinbase });
      const hash = await mineDeclared(pool, declarer, { jobId, header });
      const { outcome } = await pool.outcome(60_000);
      assert.equal(outcome.state, "accepted", outcome.reason);
      height++;
      await copyBlocks(pools, declarers, [height]);
      for (const node of [declarers, pools]) {
        const block = await node.rpc("getblock", displayHash(hash), 1) as { tx: string[] };
        assert.deepEqual(block.tx.slice(1), transactions.map(({ txid }) => displayHash(txid)));
      }
      const [next] = sent.unspent;
      assert.ok(next !== undefined);
      sent = await sendOn(next);
    }
  },
);
