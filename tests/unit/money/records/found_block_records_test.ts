/**
 * A found block and the books: whatever is away when it is found, and wherever the process is
 * killed, the block gets its row with its worth in the end, and exactly one.
 */
import assert from "node:assert/strict";
import { noMetrics, silentLogger } from "../../../../src/base/mod.ts";
import { type BlockSpool, BlockSubmitter, MemorySpool } from "../../../../src/chain/blocks/mod.ts";
import { makeJobTemplate, payAllTo } from "../../../../src/chain/jobs/mod.ts";
import type { BlockCandidate } from "../../../../src/mining/shares/mod.ts";
import {
  type BlockRecord,
  RecordWriter,
  ShareRecorder,
} from "../../../../src/money/records/mod.ts";
import { StorageError } from "../../../../src/platform/database/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { madeTemplate, NODE_SCRIPT } from "../../../support/block_templates.ts";
import { jobTemplate } from "../../../support/job_templates.ts";
import { openStore, type TestStore } from "../../../support/test_store.ts";

const HASH = new Uint8Array(32).fill(7);

/** A store that fails at everything while `away`. */
class FailingStore {
  away = true;
  readonly store: TestStore;

  constructor(store: TestStore) {
    this.store = new Proxy(store, {
      get: (target, name: keyof TestStore) => (...args: never[]) =>
        this.away
          ? Promise.reject(new StorageError("io", "the database is away"))
          : Reflect.apply(target[name], target, args),
    });
  }
}

/** One process of a pool, as far as found blocks are concerned. */
function startProcess(spool: BlockSpool, store: TestStore, clock: FakeClock) {
  const node = {
    url: "http://node",
    submitBlock: () => Promise.resolve(null),
    proposeBlock: () => Promise.resolve(null),
    getBlockHash: () => Promise.resolve(HASH),
  };
  const submitter = new BlockSubmitter({}, { nodes: [node], spool, clock });
  const writer = new RecordWriter({}, {
    store,
    clock,
    logger: silentLogger,
  });
  const recorder = new ShareRecorder({
    clock,
    logger: silentLogger,
    writer,
    submitter,
    hashRate: { add: () => {} },
    metrics: noMetrics("accepted", "rejected", "blocksFound", "blocksExpected"),
    scheme: "pplns",
    feePpm: 10_000,
    emit: () => {},
  });
  return { submitter, writer, recorder };
}

function candidate(): BlockCandidate {
  const template = jobTemplate();
  const miner = { minerId: "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86", workerName: "rig" };
  return {
    miner,
    template,
    hash: HASH,
    header: new Uint8Array(1_487),
    stale: false,
  };
}

Deno.test("a block that was found while the records were away is in the books after a kill -9", async () => {
  const clock = new FakeClock();
  const spool = new MemorySpool();
  const books = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const failing = new FailingStore(books);
  const first = startProcess(spool, failing.store, clock);
  const found = candidate();
  first.recorder.blockFound(found);
  await clock.advance(5_000);
  assert.equal(first.recorder.totals.blocksAccepted, 1, "the node has taken it");
  assert.deepEqual(await books.blocks(10), []);
  assert.equal(spool.unfinished().length, 1, "the spool keeps it until the books have it");

  // Killed: nothing of the first process comes any more. The second one has its records again.
  const second = startProcess(spool, books, clock);
  await second.submitter.recover();
  await clock.advance(1_000);
  const [block, ...others] = await books.blocks(10);
  assert.deepEqual(others, []);
  assert.equal(block?.state, "accepted");
  assert.equal(block.valueZat, found.template.minerValueZat);
  assert.equal(block.feesZat, found.template.feesZat);
  assert.equal(block.workerName, "rig");
  assert.equal(block.height, found.template.height);
  assert.deepEqual(spool.unfinished(), []);
});

Deno.test("a spool lets a block go when the records come back, without a restart", async () => {
  const clock = new FakeClock();
  const spool = new MemorySpool();
  const books = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const failing = new FailingStore(books);
  const { recorder } = startProcess(spool, failing.store, clock);
  recorder.blockFound(candidate());
  await clock.advance(60_000);
  assert.equal(spool.unfinished().length, 1);
  failing.away = false;
  await clock.advance(10_000);
  assert.deepEqual((await books.blocks(10)).map(({ state }) => state), ["accepted"]);
  assert.deepEqual(spool.unfinished(), []);
});

Deno.test("a block whose row is there when it is recovered gets no second one", async () => {
  const clock = new FakeClock();
  const spool = new MemorySpool();
  const books = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const first = startProcess(spool, books, clock);
  first.recorder.blockFound(candidate());
  const [open] = spool.unfinished();
  await clock.advance(1_000);
  assert(open !== undefined);
  spool.append(open);
  const second = startProcess(spool, books, clock);
  await second.submitter.recover();
  await clock.advance(1_000);
  await settle();
  assert.deepEqual((await books.blocks(10)).map(({ state }) => state), ["accepted"]);
  assert.deepEqual(spool.unfinished(), []);
});

Deno.test("a found block is recorded with the id of its coinbase, by which the ledger knows whose it is", async () => {
  const clock = new FakeClock();
  const books = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const recorded: BlockRecord[] = [];
  const recordBlock = books.recordBlock.bind(books);
  books.recordBlock = (block) => {
    recorded.push(block);
    return recordBlock(block);
  };
  const { recorder } = startProcess(new MemorySpool(), books, clock);
  const template = makeJobTemplate(madeTemplate(), {
    split: payAllTo(NODE_SCRIPT),
    serial: 0,
    processBytes: new Uint8Array(8),
    tag: new Uint8Array(0),
  });
  const found = { ...candidate(), template };
  recorder.blockFound(found);
  await clock.advance(5_000);
  assert.deepEqual(
    recorded.map(({ coinbaseTxid }) => coinbaseTxid),
    [template.coinbaseTxid],
  );
});
