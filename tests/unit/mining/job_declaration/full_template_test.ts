import assert from "node:assert/strict";
import { bytesToHex, displayHash, equalBytes } from "../../../../src/base/mod.ts";
import {
  p2pkhScript,
  parseTransaction,
  sha256d,
  type Transaction,
} from "../../../../src/chain/zcash/mod.ts";
import {
  AllocateMiningJobTokenError,
  AllocateMiningJobTokenSuccess,
  DeclarationErrorCode as Code,
  GetMissingTransactions,
  SetCustomMiningJobError,
  SetFullTemplateJob,
  SetFullTemplateJobError,
  SetFullTemplateJobSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import type { Declarer } from "../../../support/declarer.ts";
import { type HarnessOptions, PoolHarness, templateOn } from "../../../support/pool_harness.ts";
import { spendingTransaction } from "../../../support/spending_transaction.ts";

interface World {
  readonly harness: PoolHarness;
  readonly declarer: Declarer;
}

/** The pool's own transaction, which its templates hold. */
const POOLS = spendingTransaction(1);

async function withDeclarer(
  run: (world: World) => Promise<void>,
  options: HarnessOptions = {},
): Promise<void> {
  const harness = await PoolHarness.start({ fullTemplates: "Standard", ...options });
  try {
    const { txid, authDigest, bytes: data } = POOLS;
    const transactions = [{ txid, authDigest, data, fee: 10_000n, sigops: 0 }];
    await harness.template(templateOn(1, { transactions }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate({ requestedMode: 1 });
    await run({ harness, declarer });
  } finally {
    await harness.stop();
  }
}

/** Declares and expects a refusal; @returns its text. */
async function refused(
  { declarer }: World,
  code: number,
  ...block: Parameters<Declarer["fullTemplate"]>
): Promise<string> {
  const before = declarer.heard(SetFullTemplateJobError).length;
  await declarer.declareFull(...block);
  return refusalAfter(declarer, before, code);
}

function refusalAfter(declarer: Declarer, before: number, code: number): string {
  assert.equal(declarer.heard(SetFullTemplateJobError).length, before + 1, "refused once");
  const refusal = declarer.last(SetFullTemplateJobError);
  assert.equal(refusal.code, code, refusal.message);
  return refusal.message;
}

function jobs(declarer: Declarer): number {
  return declarer.heard(SetFullTemplateJobSuccess).length;
}

Deno.test("a block of the declarer's own transactions is a job, is paid and goes out whole", async () => {
  const harness = await PoolHarness.start({ fullTemplates: "Standard" });
  try {
    await harness.template(templateOn(1, { target: (1n << 256n) - 1n }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate({ requestedMode: 1 });
    assert.equal(declarer.last(AllocateMiningJobTokenSuccess).grantedMode, 1);
    const versions = ([4, 5, 6] as const).map((version) =>
      spendingTransaction(version, { version })
    );
    let judged = new Uint8Array(0);
    harness.judgeProposal = (block) => {
      judged = block.slice();
      return Promise.resolve(null);
    };
    await declarer.declareFull(versions);
    const { jobId, submitter } = declarer.last(SetFullTemplateJobSuccess);
    assert.equal(submitter, 0, "the pool has the whole block and submits it");
    assert.equal((await declarer.submit({ jobId })).accepted, 1);
    const [block] = harness.submitted;
    assert.ok(block !== undefined);
    assert.ok(equalBytes(block.subarray(1_487), judged.subarray(1_487)), "as it was judged");
    const bodies = versions.map(({ bytes }) => bytesToHex(bytes)).join("");
    assert.ok(bytesToHex(block).endsWith(bodies), "in the declared order");
    await harness.writer.flush();
    const [record] = await harness.store.blocks(10);
    assert.equal(
      displayHash(sha256d(block.subarray(0, 1_487))),
      record && displayHash(record.hash),
    );
  } finally {
    await harness.stop();
  }
});

for (const level of ["Minimal", "Standard", "Strict"] as const) {
  Deno.test(`${level}: what the pool does not have is asked for once, and the node judges before there is a job`, async () => {
    await withDeclarer(async ({ harness, declarer }) => {
      const mempool = spendingTransaction(2);
      const own = spendingTransaction(3);
      const asked: string[] = [];
      harness.findTransaction = (txid) => {
        asked.push(bytesToHex(txid));
        return Promise.resolve(equalBytes(txid, mempool.txid) ? mempool.bytes : undefined);
      };
      let verdicts = 0;
      harness.judgeProposal = () => {
        verdicts++;
        return Promise.resolve(null);
      };
      await declarer.declareFull([POOLS, mempool, own], { transactions: [] });
      const { txids } = declarer.last(GetMissingTransactions);
      const missing = level === "Minimal" ? [mempool, own] : [own];
      assert.deepEqual(txids, missing.map(({ txid }) => txid));
      assert.deepEqual(
        asked,
        level === "Minimal" ? [] : [mempool, own].map(({ txid }) => bytesToHex(txid)),
      );
      assert.deepEqual([verdicts, jobs(declarer)], [0, 0]);
      await declarer.provide(missing);
      assert.deepEqual([verdicts, jobs(declarer)], [1, 1]);
      assert.equal(declarer.heard(GetMissingTransactions).length, 1);
      // The next one need not be told of what the live job holds.
      harness.findTransaction = () => Promise.resolve(undefined);
      await declarer.declareFull([own, mempool], { transactions: [] });
      assert.equal(jobs(declarer), 2);
      assert.equal(declarer.heard(GetMissingTransactions).length, 1);
    }, { fullTemplates: level });
  });
}

Deno.test("signatures of somebody else's are asked for once: an id does not fix them", async () => {
  await withDeclarer(async (world) => {
    const { declarer } = world;
    const legacy = spendingTransaction(4, { version: 4 });
    const signed = spendingTransaction(1, { signature: Uint8Array.of(1, 0x52) });
    assert.deepEqual(signed.txid, POOLS.txid);
    assert.notDeepEqual(signed.authDigest, POOLS.authDigest);
    await declarer.declareFull([signed, legacy], { transactions: [legacy.bytes] });
    assert.deepEqual(declarer.last(GetMissingTransactions).txids, [signed.txid]);
    await declarer.provide([signed]);
    assert.equal(jobs(declarer), 1);
    // The attack: commitments of no signatures at all; the pool asks once and no more.
    const before = declarer.heard(SetFullTemplateJobError).length;
    await declarer.declareFull([POOLS], {
      transactions: [],
      blockCommitments: new Uint8Array(32).fill(9),
    });
    assert.equal(declarer.heard(GetMissingTransactions).length, 2);
    await declarer.provide([POOLS]);
    assert.match(refusalAfter(declarer, before, Code.merkleRoot), /^block commitments /);
    assert.equal(declarer.heard(GetMissingTransactions).length, 2);
    assert.match(
      await refused(world, Code.merkleRoot, [legacy], {
        blockCommitments: new Uint8Array(32).fill(9),
      }),
      /^block commitments /,
    );
  });
});

Deno.test("every input is shown before the node is asked: it waits six minutes for an unknown one", async () => {
  await withDeclarer(async (world) => {
    const { harness, declarer } = world;
    harness.judgeProposal = () => Promise.reject(new Error("the node would wait for six minutes"));
    const asked: string[] = [];
    harness.isUnspent = (txid, index) => {
      asked.push(`${bytesToHex(txid)}:${index}`);
      return Promise.resolve(false);
    };
    const parent = spendingTransaction(2, { outputs: 2 });
    const child = spendingTransaction(3, { spends: [{ txid: parent.txid, index: 1 }] });
    const text = await refused(world, Code.invalidTransactions, [parent, child]);
    assert.match(text, /is spent already or not in the chain$/);
    assert.equal(asked.length, 1, "an output of the list is not asked for");
    harness.isUnspent = () => Promise.resolve(true);
    harness.judgeProposal = () => Promise.resolve(null);
    await declarer.declareFull([parent, child]);
    assert.equal(jobs(declarer), 1);
    harness.isUnspent = () => Promise.reject(new Error("is asked once a parent only"));
    await declarer.declareFull([parent, child]);
    assert.equal(jobs(declarer), 2);
  });
});

Deno.test("a node that does not answer for inputs in 3 s makes no job and is asked no more", async () => {
  await withDeclarer(async ({ harness, declarer }) => {
    let open = 0;
    let asked = 0;
    harness.isUnspent = (_txid, _index, signal) => {
      asked++;
      open++;
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => {
          open--;
          reject(new Error("given up"));
        }, { once: true })
      );
    };
    const spends = Array.from({ length: 50 }, (_, index) => ({ txid: POOLS.authDigest, index }));
    await declarer.declareFull([spendingTransaction(2, { spends })]);
    assert.equal(open, 2, "of one declarer at a time");
    await harness.clock.advance(3_000);
    assert.equal(declarer.last(SetFullTemplateJobError).code, Code.overloaded);
    assert.deepEqual([open, asked], [0, 2]);
  });
});

Deno.test("lists that no block has are refused by their codes", async () => {
  await withDeclarer(async (world) => {
    const { declarer } = world;
    const one = spendingTransaction(2);
    const other = spendingTransaction(3);
    const child = spendingTransaction(4, { spends: [{ txid: one.txid, index: 0 }] });
    const { inputs: [input] } = one;
    const coinbase: Transaction = declarer.coinbase();
    const rows: [RegExp, readonly Transaction[], Parameters<Declarer["fullTemplate"]>[1]?][] = [
      [/stands in the list twice/, [one, one]],
      [/is not listed/, [one], { transactions: [one.bytes, other.bytes] }],
      [/came along twice/, [one], { transactions: [one.bytes, one.bytes] }],
      [/cannot be read/, [one], { transactions: [one.bytes.subarray(1)] }],
      [/nothing is expected behind/, [one], {
        transactions: [Uint8Array.of(...one.bytes, 0)],
      }],
      [/stands before .*, which it spends/, [child, one]],
      [/which there is not/, [
        one,
        spendingTransaction(5, { spends: [{ txid: one.txid, index: 1 }] }),
      ]],
      [/once more/, [
        one,
        spendingTransaction(6, {
          spends: [{ txid: input?.previousTxid ?? one.txid, index: 0 }],
          outputs: 2,
        }),
      ]],
      [/is a coinbase/, [coinbase]],
      [/is of branch c2d6d0b4, not 77190ad9/, [spendingTransaction(7, { branchId: 0xc2d6_d0b4 })]],
      [/has expired at height 1000/, [spendingTransaction(8, { expiryHeight: 1_000 })]],
    ];
    for (const [text, transactions, wish] of rows) {
      assert.match(await refused(world, Code.invalidTransactions, transactions, wish), text);
    }
    await declarer.declareFull([spendingTransaction(9, { expiryHeight: 1_001 })]);
    assert.equal(jobs(declarer), 1, "mined in time");
    const txids = Array.from({ length: 10_001 }, (_, i) => {
      const txid = new Uint8Array(32);
      new DataView(txid.buffer).setUint32(0, i);
      return txid;
    });
    const text = await refused(world, Code.tooManyTransactions, [], { txids });
    assert.match(text, /at most 10000 transactions are expected, not 10001/);
    const wrongRoot = { merkleRoot: new Uint8Array(32) };
    assert.match(await refused(world, Code.merkleRoot, [one], wrongRoot), /^merkle root /);
  });
});

Deno.test("the coinbase of a full template pays the pool and the required outputs; the node judges its sum", async () => {
  await withDeclarer(async (world) => {
    const { harness, declarer } = world;
    const [own, stream] = parseTransaction(declarer.template.coinbaseTx).outputs;
    assert.ok(own !== undefined && stream !== undefined);
    const taken = { valueZat: own.valueZat - 9_999n, script: p2pkhScript(new Uint8Array(20)) };
    const least = declarer.coinbase({ added: [taken] });
    assert.match(
      await refused(world, Code.coinbaseConstraint, [], { coinbase: least }),
      /at least 10000 zat for the pool are expected, not 9999/,
    );
    for (const offBy of [1n, -1n]) {
      harness.judgeProposal = () => Promise.resolve("bad-cb-amount");
      const coinbase = declarer.coinbase({ offBy });
      assert.match(
        await refused(world, Code.invalidTransactions, [], { coinbase }),
        /the pool's node refuses the block: bad-cb-amount/,
      );
    }
    harness.judgeProposal = () => Promise.resolve(null);
    await declarer.declareFull([], { coinbase: declarer.coinbase({ offBy: -10_000n }) });
    assert.equal(jobs(declarer), 1, "a block without the pool's fees");
    assert.match(
      await refused(world, Code.stalePrevHash, [], { prevHash: new Uint8Array(32) }),
      /as the parent/,
    );
    await refused(world, Code.version, [], { version: 5 });
    await refused(world, Code.bits, [], { bits: 1 });
    await refused(world, Code.other, [], { time: 1 });
  });
});

Deno.test("a block is within the node's limits by the byte and the signature operation", async () => {
  const harness = await PoolHarness.start({ fullTemplates: "Standard" });
  try {
    const checks = spendingTransaction(2, { outputScript: new Uint8Array(10).fill(0xac) });
    const template = templateOn(1);
    await harness.template({ ...template, sigopLimit: 10 });
    const declarer = await harness.connectDeclarer();
    await declarer.allocate({ requestedMode: 1 });
    await declarer.declareFull([checks]);
    assert.equal(jobs(declarer), 1);
    const over = spendingTransaction(3, { outputScript: new Uint8Array(11).fill(0xac) });
    assert.match(
      await refused({ harness, declarer }, Code.invalidTransactions, [over]),
      /at most 10 signature operations are expected, not 11/,
    );
    const size = 1_487 + 1 + declarer.coinbase().bytes.length + checks.bytes.length;
    for (const [sizeLimit, fits] of [[size, true], [size - 1, false]] as const) {
      await harness.template({ ...templateOn(sizeLimit), sizeLimit });
      const before = jobs(declarer);
      await declarer.declareFull([checks]);
      assert.equal(jobs(declarer), before + (fits ? 1 : 0), `${sizeLimit}`);
    }
    assert.match(declarer.last(SetFullTemplateJobError).message, /^a block of at most \d+ bytes/);
  } finally {
    await harness.stop();
  }
});

Deno.test("who is slow with missing transactions, sends others or leaves has no job and holds nobody up", async () => {
  await withDeclarer(async ({ harness, declarer }) => {
    const own = spendingTransaction(2);
    const neighbour = await harness.connectDeclarer("192.0.2.9");
    await neighbour.allocate({ requestedMode: 1 });
    await declarer.declareFull([own], { transactions: [] });
    await neighbour.declareFull([own]);
    assert.equal(jobs(neighbour), 1, "while the other one is waited for");
    await harness.clock.advance(10_000);
    assert.match(
      refusalAfter(declarer, 0, Code.invalidTransactions),
      /1 missing transactions are expected within 10 s/,
    );
    await declarer.provide([own]);
    assert.equal(jobs(declarer), 0, "too late");
    await declarer.declareFull([own], { transactions: [] });
    await declarer.provide([spendingTransaction(3)]);
    assert.match(refusalAfter(declarer, 1, Code.invalidTransactions), /another one came/);
    await declarer.declareFull([own], { transactions: [] });
    await declarer.provide([]);
    assert.match(refusalAfter(declarer, 2, Code.invalidTransactions), /1 missing .* not 0/);
    await declarer.declareFull([own], { transactions: [] });
    declarer.connection.close("gone");
    await harness.clock.advance(1);
    assert.equal(harness.pool.channelCount, 1, "the neighbour's");
  });
});

Deno.test("tokens are of one mode, and full templates are of 32 connections", async () => {
  await withDeclarer(async ({ harness, declarer }) => {
    await declarer.declare();
    assert.equal(declarer.last(SetCustomMiningJobError).code, Code.modeMismatch);
    await declarer.allocate();
    assert.equal(declarer.last(AllocateMiningJobTokenSuccess).grantedMode, 0);
    await declarer.declareFull([]);
    assert.equal(declarer.last(SetFullTemplateJobError).code, Code.modeMismatch);
    await declarer.allocate({ requestedMode: 2 });
    assert.equal(declarer.last(AllocateMiningJobTokenError).code, Code.notOffered);
    const others = [];
    for (let i = 0; i < 32; i++) {
      const other = await harness.connectDeclarer(`198.51.100.${i}`);
      await other.allocate({ requestedMode: 1 });
      others.push(other);
    }
    const last = others.at(-1);
    assert.equal(last?.last(AllocateMiningJobTokenError).code, Code.overloaded);
    others[0]?.connection.close("gone");
    await harness.clock.advance(1);
    await last?.allocate({ requestedMode: 1 });
    assert.equal(last?.last(AllocateMiningJobTokenSuccess).grantedMode, 1);
  });
});

Deno.test("missing-transaction rounds count as declarations, over reconnects", async () => {
  await withDeclarer(async ({ harness, declarer }) => {
    const own = spendingTransaction(2);
    for (let i = 0; i < 30; i++) {
      await declarer.declareFull([own], { transactions: [] });
      await declarer.provide([]);
    }
    assert.equal(declarer.last(SetFullTemplateJobError).code, Code.invalidTransactions);
    const again = await harness.connectDeclarer();
    await again.allocate({ requestedMode: 1 });
    await again.declareFull([own]);
    assert.equal(again.last(SetFullTemplateJobError).code, Code.overloaded);
  });
});

Deno.test("a frame before the token may not be as large as a block", async () => {
  await withDeclarer(async ({ harness, declarer }) => {
    const large = spendingTransaction(2, { version: 4, outputs: 10_000 });
    await declarer.declareFull([large]);
    assert.equal(jobs(declarer), 1, `${large.bytes.length} bytes`);
    const stranger = await harness.connectDeclarer();
    await stranger.allocate();
    const { token: _, ...block } = declarer.fullTemplate([large]);
    await stranger.send(SetFullTemplateJob.encode({ ...block, token: stranger.token }));
    assert.equal(await stranger.connection.closed, "the peer closed the connection");
    assert.equal(stranger.heard(SetFullTemplateJobError).length, 0);
  });
});
