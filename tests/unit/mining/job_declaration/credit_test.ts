import assert from "node:assert/strict";
import { concatBytes } from "../../../../src/base/mod.ts";
import {
  difficultyOfTarget,
  p2pkhScript,
  parseTransaction,
  targetOfDifficulty,
} from "../../../../src/chain/zcash/mod.ts";
import { ppsCredit } from "../../../../src/money/ledger/mod.ts";
import {
  DeclarationErrorCode as Code,
  DeclaredShareError,
  SetCustomMiningJobError,
  SetCustomMiningJobSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { madeTransaction } from "../../../support/block_templates.ts";
import type { Declarer } from "../../../support/declarer.ts";
import { type HarnessOptions, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

const FEES = 10_000n;

/** A network whose target shares do not meet, so that work differs from it. */
const HARD = targetOfDifficulty(1_000);

/** Of declared shares where their work is weighed: 82 expected solutions. */
const DIFFICULTY = 0.01;

const SCRIPT = p2pkhScript(new Uint8Array(20).fill(0x77));

interface Money {
  readonly harness: PoolHarness;
  readonly declarer: Declarer;
  /** What the pool's own block brings it. */
  readonly ownZat: bigint;
}

async function withMoney(
  run: (money: Money) => Promise<void>,
  options: HarnessOptions = {},
): Promise<void> {
  const harness = await PoolHarness.start(options);
  try {
    const transactions = [madeTransaction(1, { fee: FEES })];
    await harness.template(templateOn(1, { target: HARD, transactions }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    const offered = parseTransaction(declarer.template.coinbaseTx);
    await run({ harness, declarer, ownZat: offered.outputs[0]?.valueZat ?? 0n });
  } finally {
    await harness.stop();
  }
}

/** Declares a coinbase that gives the declarer a part. */
async function declareFor({ declarer }: Money, takenZat: bigint): Promise<void> {
  const before = declarer.heard(SetCustomMiningJobSuccess).length;
  await declarer.declare(declarer.coinbase({
    mark: concatBytes(Uint8Array.of(4), new Uint8Array(4).fill(before)),
    ...(takenZat === 0n ? {} : { added: [{ valueZat: takenZat, script: SCRIPT }] }),
  }));
  assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, before + 1);
}

Deno.test("pay per share credits the lesser of the subsidy and what the block pays the pool", async () => {
  await withMoney(async (money) => {
    const { harness, declarer, ownZat } = money;
    const subsidyZat = ownZat - FEES;
    const shareTarget = targetOfDifficulty(1e-6);
    // The attack: keep nearly all of the block and be credited as if the pool had it.
    for (const takenZat of [0n, FEES, FEES + 1n, ownZat / 2n, ownZat - 10_000n]) {
      const paid = ownZat - takenZat;
      const credit = ppsCredit({
        shareTarget,
        networkTarget: HARD,
        subsidyZat: paid < subsidyZat ? paid : subsidyZat,
        feePpm: 10_000,
      });
      const before = harness.pool.totals.creditPicoZat;
      await declareFor(money, takenZat);
      assert.equal((await declarer.submit()).accepted, 1);
      assert.equal(harness.pool.totals.creditPicoZat - before, credit, `${takenZat} taken`);
    }
  });
});

for (const scheme of ["pplns", "prop"] as const) {
  Deno.test(`${scheme} weighs a share by its work and by the part that the pool gets`, async () => {
    await withMoney(async (money) => {
      const { harness, declarer, ownZat } = money;
      const whole = difficultyOfTarget(targetOfDifficulty(DIFFICULTY));
      for (const parts of [1n, 2n, 10n, 40n]) {
        await declareFor(money, ownZat - ownZat / parts);
        const { accepted } = harness.pool.totals;
        while (harness.pool.totals.accepted === accepted) await declarer.submit();
        const counted = harness.eventsOf("share_accepted").at(-1)?.difficulty ?? 0;
        const fair = whole / Number(parts);
        assert.ok(counted <= fair * (1 + 1e-9), `1/${parts}: never more, but ${counted}`);
        assert.ok(counted >= fair * 0.999, `1/${parts}: rounded by a thousandth, but ${counted}`);
      }
      // 1/4000 of a share of 82 expected solutions is less than one solution.
      const before = declarer.heard(SetCustomMiningJobError).length;
      await declarer.declare(declarer.coinbase({
        added: [{ valueZat: ownZat - ownZat / 4_000n, script: SCRIPT }],
      }));
      assert.equal(declarer.heard(SetCustomMiningJobError).length, before + 1);
      assert.match(declarer.refusal[1], /shares are too easy here to count/);
    }, { scheme, declaredDifficulty: DIFFICULTY, maxSharesPerSecond: 10_000 });
  });
}

Deno.test("a found block is worth to the books what its coinbase pays the pool", async () => {
  const harness = await PoolHarness.start({ scheme: "solo" });
  try {
    await harness.template(templateOn(1, { target: (1n << 256n) - 1n }));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    const offered = parseTransaction(declarer.template.coinbaseTx);
    const ownZat = offered.outputs[0]?.valueZat ?? 0n;
    await declarer.declare(
      declarer.coinbase({ added: [{ valueZat: ownZat - 20_000n, script: SCRIPT }] }),
    );
    await declarer.submit();
    await harness.writer.flush();
    const [block] = await harness.store.blocks(10);
    assert.equal(block?.valueZat, 20_000n);
    assert.equal(block?.feesZat, 0n);
  } finally {
    await harness.stop();
  }
});

Deno.test("nothing of a block that the node refuses is credited: there is no job", async () => {
  await withMoney(async ({ harness, declarer }) => {
    harness.judgeProposal = () => Promise.resolve("bad-blk-sigops");
    await declarer.declare();
    assert.deepEqual(declarer.refusal, [
      Code.invalidTransactions,
      "the pool's node refuses the block: bad-blk-sigops",
    ]);
    const { firstError } = await declarer.submit({ jobId: 1 });
    assert.equal(firstError, DeclaredShareError.unknownJob);
    assert.equal(harness.pool.totals.accepted, 0);
  });
});

Deno.test("what is judged when the tip has moved is no job, and what is not judged in 3 s is refused", async () => {
  await withMoney(async ({ harness, declarer }) => {
    const verdict = Promise.withResolvers<string | null>();
    harness.judgeProposal = () => verdict.promise;
    await declarer.declare();
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, 0, "no job before the verdict");
    await harness.template(templateOn(2));
    verdict.resolve(null);
    await harness.clock.advance(0);
    assert.equal(declarer.refusal[0], Code.stalePrevHash);

    harness.judgeProposal = (_block, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    await declarer.declare();
    await harness.clock.advance(2_999);
    assert.equal(declarer.heard(SetCustomMiningJobError).length, 1);
    await harness.clock.advance(2);
    assert.equal(declarer.refusal[0], Code.overloaded);
  });
});

Deno.test("two declarers with one header have one target and one credit between them", async () => {
  await withMoney(async ({ harness, declarer }) => {
    const other = await harness.connectDeclarer("198.51.100.9");
    await other.allocate({ userIdentifier: "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86.second" });
    await declarer.declare();
    await other.declare();
    const targets = [declarer, other].map((it) => it.last(SetCustomMiningJobSuccess).shareTarget);
    assert.deepEqual(targets[0], targets[1]);
    const share = declarer.share();
    assert.equal((await declarer.submit({ shares: [share] })).accepted, 1);
    const second = await other.submit({ shares: [share] });
    assert.deepEqual([second.accepted, second.firstError], [0, DeclaredShareError.duplicate]);
  });
});
