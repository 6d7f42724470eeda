/** Coinbases that no honest declarer sends: each is refused by a code, and none ends anything else. */
import assert from "node:assert/strict";
import { p2pkhScript, parseTransaction } from "../../src/chain/zcash/mod.ts";
import {
  DeclarationErrorCode,
  SetCustomMiningJobError,
  SetCustomMiningJobSuccess,
} from "../../src/wire/protocol/mod.ts";
import { PoolHarness, templateOn } from "../support/pool_harness.ts";
import { seededRandom } from "../support/seeded_random.ts";

const MUTATIONS = 1_000;

/** One byte changed, left out or put in, or the end cut off. */
function mutated(bytes: Uint8Array, [kind = 0, where = 0, also = 0, value = 0]: Uint8Array) {
  const at = (where * 256 + also) % bytes.length;
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (kind % 4) {
    case 0:
      return Uint8Array.of(...head, (tail[0] ?? 0) ^ (value | 1), ...tail.subarray(1));
    case 1:
      return Uint8Array.of(...head, ...tail.subarray(1));
    case 2:
      return Uint8Array.of(...head, value, ...tail);
    default:
      return head.slice();
  }
}

Deno.test("of a thousand mutated coinbases none becomes a job with a wrong sum, height or root", async () => {
  const harness = await PoolHarness.start();
  try {
    await harness.template(templateOn(1));
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    const random = seededRandom(17);
    const good = declarer.coinbase({
      added: [{ valueZat: 1_000n, script: p2pkhScript(new Uint8Array(20).fill(0x77)) }],
    });
    const codes = new Set<number>(Object.values(DeclarationErrorCode));
    for (let i = 0; i < MUTATIONS; i++) {
      // 60 declarations a minute are taken.
      if (i % 50 === 0) {
        await harness.clock.advance(61_000);
        await declarer.allocate();
      }
      const coinbaseTx = mutated(good.bytes, random.bytes(4));
      let roots = good;
      try {
        roots = parseTransaction(coinbaseTx);
      } catch {
        // No transaction: its roots are those of the right one.
      }
      const before = declarer.heard(SetCustomMiningJobSuccess).length;
      await declarer.declare(roots, { coinbaseTx });
      if (declarer.heard(SetCustomMiningJobSuccess).length > before) {
        // Only the scriptSig and the script of the added output are the declarer's to change.
        const sum = (outputs: typeof good.outputs) =>
          outputs.reduce((total, { valueZat }) => total + valueZat, 0n);
        assert.equal(sum(roots.outputs), sum(good.outputs));
        assert.deepEqual(roots.outputs[0]?.script, good.outputs[0]?.script);
        assert.deepEqual(roots.outputs[1], good.outputs[1]);
        assert.equal(roots.bytes.length, coinbaseTx.length);
      } else {
        assert.ok(codes.has(declarer.refusal[0]), declarer.refusal[1]);
        assert.ok(![0xff, 0x09].includes(declarer.refusal[0]), declarer.refusal[1]);
      }
    }
    const jobs = declarer.heard(SetCustomMiningJobSuccess).length;
    assert.equal(jobs + declarer.heard(SetCustomMiningJobError).length, MUTATIONS);
    await declarer.declare(good);
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, jobs + 1);
    assert.deepEqual(harness.faults, []);
  } finally {
    await harness.stop();
  }
});
