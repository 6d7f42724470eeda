/** Blocks of the pool in each era of the chain, with funding streams and a full mempool. */
import assert from "node:assert/strict";
import { minerOutput, send, type SentTransaction } from "../support/chain_transactions.ts";
import { LivePool } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { ANYONE_CAN_SPEND_ADDRESS, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { isLongForm } from "./_long_form.ts";
import { assertPoolBlock, readBlock } from "./_pool_block.ts";

interface Era {
  readonly name: string;
  /** Its first height that is mined here. */
  readonly height: number;
  readonly coinbaseVersion: number;
  /** What the miner may claim of the fees. */
  readonly claim: (feesZat: number) => number;
}

const all = (feesZat: number): number => feesZat;
/** ZIP 235: six tenths, rounded down once, go to the reserve. */
const fourTenths = (feesZat: number): number => feesZat - Math.floor(feesZat * 6 / 10);

const ERAS: readonly Era[] = [
  { name: "NU6, coinbase v5", height: 126, coinbaseVersion: 5, claim: all },
  { name: "NU6.3, coinbase v6", height: 136, coinbaseVersion: 6, claim: all },
  { name: "NU7", height: 146, coinbaseVersion: 6, claim: fourTenths },
];
const UPGRADES = `"NU6" = 1\n"NU6.3" = 136\n"NU7" = 146`;

/** With the limit of Regtest a block takes 17 solutions, some seven seconds on one core. */
const BLOCK_LIMIT_MS = 150_000;
const BLOCKS_PER_ERA = isLongForm() ? 2 : 1;

/**
 * Five transactions: a chain of three that ends by joining a second coinbase output, one alone, and
 * one that spends two outputs of another. Fees that do not divide by ten show the rounding.
 */
async function fillMempool(
  node: ZebraNode,
  coinbaseHeight: number,
  version: 5 | 6,
): Promise<SentTransaction[]> {
  const coinbase = (offset: number) => minerOutput(node, coinbaseHeight + offset);
  const first = await send(node, [await coinbase(0)], { feeZat: 10_001, outputs: 2 });
  const second = await send(node, first.unspent.slice(0, 1), { feeZat: 20_003, version });
  const third = await send(node, [...second.unspent, await coinbase(1)], { feeZat: 15_005 });
  const alone = await send(node, [await coinbase(2)], { feeZat: 12_000, outputs: 3, version });
  const joined = await send(node, alone.unspent.slice(1), { feeZat: 11_007 });
  return [first, second, third, alone, joined];
}

/** Each transaction stands behind those whose outputs it spends. */
function assertParentsFirst(
  transactions: readonly { readonly txid: string; readonly vin: readonly { txid?: string }[] }[],
): void {
  const places = new Map(transactions.map(({ txid }, place) => [txid, place]));
  transactions.forEach(({ vin }, place) => {
    for (const { txid } of vin) assert.ok((places.get(txid ?? "") ?? -1) < place);
  });
}

async function mineEra(
  node: ZebraNode,
  pool: LivePool,
  era: Era,
  firstCoinbase: number,
): Promise<void> {
  const { blocks: tip } = await node.client().getBlockchainInfo();
  await node.generate(era.height - 1 - tip);
  for (let count = 0; count < BLOCKS_PER_ERA; count++) {
    const height = era.height + count;
    const version = era.coinbaseVersion === 5 ? 5 : 6;
    await pool.events.next(`work at ${height}`, (e) => e.kind === "work" && e.height === height);
    const sent = await fillMempool(node, firstCoinbase + 3 * count, version);
    await pool.events.next(
      "work with all transactions",
      (e) => e.kind === "work" && e.height === height && e.transactions === sent.length,
    );
    await using _miner = pool.connect({ solver: "cpu", miners: 2 });
    const { outcome } = await pool.outcome(BLOCK_LIMIT_MS);
    assert.deepEqual([outcome.state, outcome.height], ["accepted", height], era.name);
    const block = await readBlock(node, outcome.hash);
    assert.ok(block !== undefined);
    const feesZat = sent.reduce((sum, { feeZat }) => sum + feeZat, 0);
    await assertPoolBlock(node, block, era.claim(feesZat));
    assert.equal(block.tx[0]?.version, era.coinbaseVersion);
    assert.equal(block.tx[0]?.vout.length, 2, "the funding stream has its output");
    const [, ...transactions] = block.tx;
    assert.deepEqual(
      transactions.map(({ txid }) => txid).sort(),
      sent.map(({ txid }) => txid).sort(),
    );
    assertParentsFirst(transactions);
  }
}

testWith(
  "zebrad",
  "blocks with v5 and v6 coinbases and under NU7 keep streams, dependent transactions and fees",
  async (path) => {
    await using node = await ZebraNode.start(path, {
      network: regtest({ upgrades: UPGRADES, fundingStreams: true }),
      minerAddress: ANYONE_CAN_SPEND_ADDRESS,
    });
    await untilTemplate(node);
    // Coinbase outputs can be spent after a hundred blocks.
    await node.generate(124);
    await using pool = await LivePool.start({
      nodes: [node.url],
      cookiePath: node.cookiePath,
      mining: "job_refresh_secs = 5",
    });
    // Each era takes some ten seconds: the short form has today's rules.
    const eras = isLongForm() ? ERAS : ERAS.slice(-1);
    for (const [index, era] of eras.entries()) {
      await mineEra(node, pool, era, 1 + 3 * BLOCKS_PER_ERA * index);
    }
  },
);
