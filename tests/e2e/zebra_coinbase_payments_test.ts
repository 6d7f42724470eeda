/** Miners paid by the coinbases of blocks that a real zebrad judges: shares, balances, maturity. */
import assert from "node:assert/strict";
import { bytesToHex, concatBytes, displayHash, systemClock } from "../../src/base/mod.ts";
import { noMetrics, silentLogger } from "../../src/base/mod.ts";
import { ChainFollower } from "../../src/chain/chain_follower/mod.ts";
import type { JobTemplate } from "../../src/chain/jobs/mod.ts";
import {
  coinbaseTxidOf,
  parseAddress,
  parseBlockTemplate,
  parseTransaction,
  sha256d,
} from "../../src/chain/zcash/mod.ts";
import { openRecords } from "../../src/money/records/mod.ts";
import { auditChain } from "../../src/money/treasury/mod.ts";
import { MoneyBench } from "../compliance/money_suite.ts";
import { blockOf as recordOf } from "../compliance/store_suite.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { testnetAddress } from "../support/payout_addresses.ts";
import { PayingPool } from "../support/paying_pool.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { testWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";
import { ANYONE_CAN_SPEND_ADDRESS, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";

const [A = "", B = ""] = [1, 2].map((n) => `${testnetAddress(n)}#coinbase`);
/** Has not consented: what it earns waits. */
const C = testnetAddress(3);
const HEADER_LENGTH = 1_487;

function scriptOf(minerId: string): Uint8Array {
  const { scriptPubKey } = parseAddress(minerId.replace("#coinbase", ""));
  return scriptPubKey ?? assert.fail("an address has no script");
}

testWith(
  "zebrad",
  "a real node takes blocks that pay miners in their coinbases, and they are paid when mature",
  async (path) => {
    await using node = await ZebraNode.start(path, {
      network: regtest({ fundingStreams: true }),
      minerAddress: ANYONE_CAN_SPEND_ADDRESS,
    });
    await untilTemplate(node);
    const client = node.client();
    const clock = new FakeClock(Date.now());
    const { store, database } = await openRecords({ kind: "sqlite", path: ":memory:" }, { clock });
    const ledger = new ReadableLedger(database);
    const money = new MoneyBench({ clock, store, database, ledger });
    await money.epoch("pplns", { feePpm: 10_000, pplnsWindow: 4 });
    const pool = new PayingPool(
      {
        seed: 1,
        minPayoutZat: 1_000_000n,
        poolScript: parseAddress(ANYONE_CAN_SPEND_ADDRESS).scriptPubKey ?? assert.fail(),
      },
      { ...{ store, database, nodes: [client] }, clock: systemClock },
    );
    const follower = new ChainFollower({}, {
      ...{ nodes: [client], ledger: pool.settler, clock, logger: silentLogger },
      metrics: noMetrics("matured", "orphaned", "returned", "failures"),
    });
    try {
      await money.write(...[A, A, B, C].map((minerId) => money.share(minerId, 1n)));

      // The first job of a tip pays the pool alone; what its block brings becomes balances.
      pool.template(parseBlockTemplate(await client.getBlockTemplate()));
      const plain = pool.sent[0]?.work ?? assert.fail("no work");
      await submit(plain, "C");
      await node.generate(100);
      await follower.poll();
      const valueZat = plain.minerValueZat;
      const earned = valueZat - valueZat / 100n;
      const owed = (await ledger.miner(A)).available;
      // The finder's own share is the last of the four in the window.
      assert.equal(owed, earned / 4n);

      // Each of the next two blocks is worth less than A and B have due: they are paid in turn.
      const paying: { readonly work: JobTemplate; readonly hash: Uint8Array }[] = [];
      let slowestMs = 0;
      for (const finder of ["A", "C"] as const) {
        const before = pool.sent.length;
        const asked = performance.now();
        pool.template(parseBlockTemplate(await client.getBlockTemplate()));
        await until("no divided work", () => pool.sent.length >= before + 2);
        slowestMs = Math.max(slowestMs, performance.now() - asked);
        const work = pool.work ?? assert.fail("no work");
        assert(work.minerOutputs.length >= 2);
        paying.push({ work, hash: await submit(work, finder) });
      }
      assert(slowestMs < 5_000, `${slowestMs} ms to the paying job`);
      await follower.poll();
      const reserved = (await ledger.miner(A)).reserved + (await ledger.miner(B)).reserved;
      assert(reserved > 0n, "debts are set aside for the blocks");
      await node.generate(97);
      await follower.poll();
      assert.equal((await ledger.miner(A)).paid, 0n, "one block is missing to maturity");
      assert.equal((await ledger.miner(B)).paid, 0n);
      await node.generate(2);
      await follower.poll();

      // To the zatoshi what the chain holds, as the guide's table has it.
      const payouts = await database.read((tx) =>
        tx.query("SELECT miner_id, amount, txid FROM payouts ORDER BY id")
      );
      assert.deepEqual(new Set(payouts.map(({ miner_id }) => miner_id)), new Set([A, B]));
      const outputs = paying.flatMap(({ work }) => work.minerOutputs.slice(0, -1));
      assert.equal(payouts.length, outputs.length);
      for (const { miner_id, amount, txid } of payouts) {
        const { hash } = paying.find(({ work }) => displayHash(work.coinbaseTxid) === txid) ??
          assert.fail("a payout of no block");
        const block = await client.getBlock(hash) ?? assert.fail("the chain lacks a block");
        const coinbase = parseTransaction(block.subarray(HEADER_LENGTH + 1));
        const paid = coinbase.outputs.filter(({ script }) =>
          same(script, scriptOf(String(miner_id)))
        );
        assert.deepEqual(paid.map(({ valueZat }) => valueZat), [amount]);
      }
      assert.equal((await ledger.miner(C)).paid, 0n, "who has not consented waits");
      await money.allHolds();

      // The chain, compared output by output; a zatoshi that somebody has changed is found.
      const told: number[] = [];
      const audited = (from = 0) =>
        auditChain(from, { database, node: client, told: (height) => void told.push(height) });
      const { faults, blocks, outputs: count, paidZat, through } = await audited();
      assert.deepEqual([faults, blocks, count], [[], paying.length, outputs.length]);
      assert.equal(paidZat, outputs.reduce((sum, { valueZat }) => sum + valueZat, 0n));
      const heights = paying.map(({ work }) => work.height);
      assert.deepEqual([told, through], [heights, heights.at(-1)]);
      assert.equal((await audited((heights.at(0) ?? 0) + 1)).blocks, paying.length - 1);
      for (
        const [table, column] of [["coinbase_payout", "amount_zat"], ["coinbase_payee", "debt_zat"]]
      ) {
        const change = (by: number) =>
          database.transaction((tx) =>
            tx.execute(`UPDATE ${table} SET ${column} = ${column} + ${by} WHERE miner_id = $1`, [B])
          );
        await change(1);
        assert.match((await audited()).faults.join(), new RegExp(`pays ${B} \\d+ zat, \\d+ by`));
        await change(-1);
      }
      assert.deepEqual((await audited()).faults, []);
    } finally {
      await follower.close();
      await pool.close();
      await store.close();
    }

    /** Regtest checks no proof of work; the block is written as its finder's process does it. */
    async function submit(work: JobTemplate, finder: "A" | "C"): Promise<Uint8Array> {
      const minerId = finder === "A" ? A : C;
      const header = concatBytes(
        work.headerPrefix(work.time),
        new Uint8Array(32).fill(7),
        Uint8Array.of(0xfd, 0x40, 0x05),
        new Uint8Array(1_344),
      );
      const bytes = work.encodeBlock(header);
      const block = sha256d(header);
      assert.equal(await client.submitBlock(bytes), null);
      await money.write(money.share(minerId, 1n, { proofId: block, isBlock: true }));
      const coinbaseTxid = coinbaseTxidOf(bytes) ?? assert.fail("a coinbase that cannot be read");
      assert.equal(bytesToHex(coinbaseTxid), bytesToHex(work.coinbaseTxid));
      const links = await client.getBlockLinks(block);
      assert.deepEqual(links?.coinbaseTxid, coinbaseTxid);
      assert.equal(links?.height, work.height);
      await store.recordBlock(recordOf(1, {
        ...{ hash: block, height: work.height, minerId, coinbaseTxid },
        previousBlockHash: work.previousBlockHash,
        foundAtMs: clock.now(),
        state: "accepted",
        valueZat: work.minerValueZat,
        feesZat: work.feesZat,
      }));
      return block;
    }
  },
);

function same(one: Uint8Array, other: Uint8Array): boolean {
  return bytesToHex(one) === bytesToHex(other);
}
