import assert from "node:assert/strict";
import { bytesToHex, concatBytes, displayHash } from "../../../../src/base/mod.ts";
import {
  p2pkhScript,
  parseTransaction,
  type TransparentOutput,
} from "../../../../src/chain/zcash/mod.ts";
import {
  DeclarationErrorCode as Code,
  DeclarationTemplate,
  DeclaredShareError,
  PushSolution,
  SetCustomMiningJobError,
  SetCustomMiningJobSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { madeTransaction } from "../../../support/block_templates.ts";
import { Declarer, respliced } from "../../../support/declarer.ts";
import {
  ANY_TARGET,
  type HarnessOptions,
  numberedBytes,
  PoolHarness,
  templateOn,
} from "../../../support/pool_harness.ts";

const OWN_SCRIPT = p2pkhScript(new Uint8Array(20).fill(0x77));

function own(valueZat: bigint): TransparentOutput {
  return { valueZat, script: OWN_SCRIPT };
}

/** A pool with work and a declarer that has a token. */
async function withDeclarer(
  run: (harness: PoolHarness, declarer: Declarer) => Promise<void>,
  options: HarnessOptions = {},
): Promise<void> {
  const harness = await PoolHarness.start(options);
  try {
    await harness.template(templateOn(1, { transactions: [madeTransaction(1)] }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    await run(harness, declarer);
  } finally {
    await harness.stop();
  }
}

Deno.test("a declared job is mined, credited once, and its block is the declarer's own", async () => {
  await withDeclarer(async (harness, declarer) => {
    const coinbase = declarer.coinbase({ added: [own(1_000n)] });
    await declarer.declare(coinbase);
    const { jobId, shareTarget, channelId } = declarer.last(SetCustomMiningJobSuccess);
    assert.equal(channelId, 77);
    assert.equal(bytesToHex(shareTarget), "ff".repeat(32));

    const share = declarer.share();
    const first = await declarer.submit({ shares: [share, declarer.share(), share] });
    assert.deepEqual([first.accepted, first.rejected], [2, 1]);
    assert.equal(first.firstError, DeclaredShareError.duplicate);
    const again = await declarer.submit({ jobId, shares: [share] });
    assert.deepEqual([again.accepted, again.firstError], [0, DeclaredShareError.duplicate]);
    assert.equal(harness.pool.totals.accepted, 2);
    assert.equal(harness.submitted.length, 0);
  });
});

Deno.test("a block of a declared job is sent with the declared coinbase, also when its job was replaced", async () => {
  const harness = await PoolHarness.start();
  try {
    const [transaction] = [madeTransaction(1)];
    await harness.template(templateOn(1, { target: ANY_TARGET, transactions: [transaction] }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    const coinbase = declarer.coinbase({ added: [own(1_000n)] });
    await declarer.declare(coinbase);
    const { jobId } = declarer.last(SetCustomMiningJobSuccess);
    await declarer.declare(declarer.coinbase({ mark: Uint8Array.of(1, 9) }));

    // Its token has declared another job meanwhile: not paid, and submitted all the same.
    const late = await declarer.submit({ jobId });
    assert.deepEqual([late.accepted, late.firstError], [0, DeclaredShareError.unknownJob]);
    const [block] = harness.submitted;
    assert.ok(block);
    assert.deepEqual(
      block.subarray(1_487),
      concatBytes(Uint8Array.of(2), coinbase.bytes, transaction?.data ?? new Uint8Array(0)),
    );
    assert.equal(harness.pool.totals.accepted, 0);

    // So is one whose parent has died.
    await declarer.declare(declarer.coinbase({ mark: Uint8Array.of(1, 10) }));
    const newest = declarer.last(SetCustomMiningJobSuccess).jobId;
    const share = declarer.share();
    await harness.template(templateOn(2, { target: ANY_TARGET }));
    const stale = await declarer.submit({ jobId: newest, shares: [share] });
    assert.deepEqual([stale.accepted, stale.firstError], [0, DeclaredShareError.staleJob]);
    assert.equal(harness.submitted.length, 2);
  } finally {
    await harness.stop();
  }
});

Deno.test("a pushed solution goes out and counts as the one share that it is", async () => {
  const harness = await PoolHarness.start();
  try {
    await harness.template(templateOn(1, { target: ANY_TARGET }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    await declarer.declare();
    const { jobId } = declarer.last(SetCustomMiningJobSuccess);
    const share = declarer.share();
    await declarer.send(PushSolution.encode({ channelId: 77, jobId, ...share }));
    assert.equal(harness.submitted.length, 1);
    assert.equal(harness.pool.totals.accepted, 1);
    const answer = await declarer.submit({ shares: [share] });
    assert.equal(answer.firstError, DeclaredShareError.duplicate);
    assert.equal(harness.pool.totals.accepted, 1);
  } finally {
    await harness.stop();
  }
});

Deno.test("the template says what is needed, and nothing by which the pool's own headers could be made", async () => {
  await withDeclarer(async (harness, declarer) => {
    const miner = await harness.connectMiner();
    const { template } = declarer;
    assert.equal(bytesToHex(template.prevHash), bytesToHex(numberedBytes(32, 1)));
    assert.equal(template.height, 1_001);
    assert.deepEqual(template.txids.length, 1);
    const script = parseTransaction(template.coinbaseTx).inputs[0]?.script ?? new Uint8Array(0);
    assert.equal(bytesToHex(script.subarray(0, 4)), "02e90309", "height, then the tag's push");
    // The offered coinbase as it stands is not the pool's own work, so that it may be declared.
    await declarer.declare(parseTransaction(template.coinbaseTx));
    assert.equal(declarer.heard(SetCustomMiningJobError).length, 0);
    const declared = declarer.declaration(parseTransaction(template.coinbaseTx));
    assert.notEqual(
      displayHash(declared.blockCommitments),
      displayHash(miner.job.blockCommitments),
    );
  });
});

Deno.test("every template of the parent can be built on, a new parent takes all of them", async () => {
  await withDeclarer(async (harness, declarer) => {
    const [first] = declarer.heard(DeclarationTemplate);
    assert.ok(first);
    const onFirst = declarer.declaration(declarer.coinbase());
    await harness.template(
      templateOn(1, { transactions: [madeTransaction(1), madeTransaction(2)] }),
    );
    await harness.clock.advance(31_000);
    assert.equal(declarer.heard(DeclarationTemplate).length, 2);
    await declarer.declare(declarer.coinbase(), onFirst);
    await declarer.declare();
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, 2);

    await harness.template(templateOn(2));
    await declarer.declare(declarer.coinbase(), onFirst);
    assert.equal(declarer.refusal[0], Code.stalePrevHash);
    await declarer.declare(declarer.coinbase(), { templateId: first.templateId });
    assert.match(declarer.refusal[1], /template_id of this parent is expected, the newest is 3/);
  });
});

Deno.test("each wrong declaration is refused by its code, with what was expected", async () => {
  await withDeclarer(async (_harness, declarer) => {
    const good = declarer.coinbase();
    const wrong = new Uint8Array(32).fill(1);
    const { height, version, bits, maxTime } = declarer.template;
    const bytes = (coinbaseTx: Uint8Array) => ({ coinbaseTx });
    const rows: [string, Parameters<typeof declarer.declare>, number, RegExp][] = [
      ["token", [good, { token: new Uint8Array(24) }], Code.invalidToken, /was given/],
      ["empty token", [good, { token: new Uint8Array(0) }], Code.invalidToken, /was given/],
      ["parent", [good, { prevHash: wrong }], Code.stalePrevHash, /the tip/],
      ["version", [good, { version: version + 1 }], Code.version, /version 4 is expected, not 5/],
      ["bits", [good, { bits: bits + 1 }], Code.bits, /2007ffff/],
      ["time", [good, { time: maxTime + 1 }], Code.other, /a time from/],
      ["merkle root", [good, { merkleRoot: wrong }], Code.merkleRoot, /merkle root .* expected/],
      ["commitments", [good, { blockCommitments: wrong }], Code.merkleRoot, /block commitments/],
      ["no transaction", [good, bytes(new Uint8Array(9))], Code.invalidCoinbase, /cannot be read/],
      [
        "bytes behind it",
        [good, bytes(respliced(good, { tail: Uint8Array.of(0) }))],
        Code.invalidCoinbase,
        /nothing is expected behind/,
      ],
      [
        "another branch id",
        [good, bytes(respliced(good, { head: flip(8) }))],
        Code.invalidCoinbase,
        /branch id/,
      ],
      [
        "sequence",
        [good, bytes(respliced(good, { sequence: 5 }))],
        Code.invalidCoinbase,
        /sequence/,
      ],
      [
        "no height",
        [good, bytes(replaceScript(good.bytes, height))],
        Code.invalidCoinbase,
        /must begin with the height 1001/,
      ],
      [
        "the pool's mark",
        [declarer.coinbase({ mark: Uint8Array.of(8, ...new Uint8Array(8)) })],
        Code.invalidCoinbase,
        /marks the pool's own work/,
      ],
      [
        "a zatoshi more",
        [declarer.coinbase({ offBy: 1n })],
        Code.coinbaseConstraint,
        /are expected, not/,
      ],
      [
        "a zatoshi less",
        [declarer.coinbase({ offBy: -1n })],
        Code.coinbaseConstraint,
        /are expected, not/,
      ],
      [
        "too long",
        [declarer.coinbase({ added: Array.from({ length: 8 }, () => own(1n)) })],
        Code.coinbaseConstraint,
        /at most \d+ bytes of coinbase/,
      ],
    ];
    for (const [row, args, code, text] of rows) {
      const before = declarer.heard(SetCustomMiningJobError).length;
      await declarer.declare(...args);
      assert.equal(declarer.heard(SetCustomMiningJobError).length, before + 1, row);
      assert.equal(declarer.refusal[0], code, row);
      assert.match(declarer.refusal[1], text, row);
    }
    await declarer.declare(good);
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, 1);
  });
});

Deno.test("outputs of the offer stay in their places, and the pool gets its least", async () => {
  await withDeclarer(async (_harness, declarer) => {
    const offered = parseTransaction(declarer.template.coinbaseTx);
    const value = offered.outputs[0]?.valueZat ?? 0n;
    await declarer.declare(declarer.coinbase({ added: [own(value - 10_000n)] }));
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, 1);
    await declarer.declare(declarer.coinbase({ added: [own(value - 9_999n)] }));
    assert.equal(declarer.refusal[0], Code.coinbaseConstraint);
    assert.match(declarer.refusal[1], /at least 10000 zat for the pool are expected, not 9999/);
  });
});

Deno.test("a full block is refused when outputs put it a byte or a signature operation over", async () => {
  const harness = await PoolHarness.start();
  try {
    const transactions = [madeTransaction(1, { length: 5_000, sigops: 100 })];
    const plain = templateOn(1, { transactions });
    await harness.template({ ...plain });
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    const coinbase = declarer.coinbase({ added: [own(1n)] });
    const size = 1_487 + 1 + coinbase.bytes.length + 5_000;
    for (
      const [limits, accepted] of [
        [{ sizeLimit: size, sigopLimit: 101 }, true],
        [{ sizeLimit: size - 1 }, false],
        [{ sigopLimit: 100 }, false],
      ] as const
    ) {
      await harness.clock.advance(31_000);
      const parent = harness.clock.monotonic();
      await harness.template({ ...templateOn(parent, { transactions }), ...limits });
      const before = declarer.heard(SetCustomMiningJobSuccess).length;
      await declarer.declare(declarer.coinbase({ added: [own(1n)] }));
      const after = declarer.heard(SetCustomMiningJobSuccess).length;
      assert.equal(after - before, accepted ? 1 : 0, JSON.stringify(limits));
    }
    assert.equal(declarer.refusal[0], Code.coinbaseConstraint);
  } finally {
    await harness.stop();
  }
});

function flip(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
}

/** The same coinbase with another height in its scriptSig. */
function replaceScript(coinbase: Uint8Array, height: number): Uint8Array {
  const bytes = coinbase.slice();
  const push = [2, height & 0xff, height >> 8];
  const at = bytes.findIndex((_, i) => push.every((byte, j) => bytes[i + j] === byte));
  bytes[at + 1] = (height + 1) & 0xff;
  return bytes;
}
