import assert from "node:assert/strict";
import {
  OpenExtendedMiningChannel,
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
} from "../../../../src/wire/protocol/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { MINER_ADDRESS, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

const CHANNELS_MAX = 80;

/** Twenty connections of one address ask for twice what there is; how many they get together. */
async function takeAll(pool: PoolHarness, address: string): Promise<number> {
  const all = [];
  for (let connection = 0; connection < 20; connection++) {
    const stranger = await pool.connect(address);
    await stranger.setup();
    for (let requestId = 0; requestId < CHANNELS_MAX / 10; requestId++) {
      stranger.connection.send(open(requestId));
    }
    all.push(stranger);
  }
  await settle();
  return all.reduce((sum, each) => sum + each.heard(OpenExtendedMiningChannelSuccess).length, 0);
}

function open(requestId: number): Uint8Array {
  return OpenExtendedMiningChannel.encode({
    requestId,
    userIdentity: `${MINER_ADDRESS}.rig${requestId}`,
    nominalHashRate: 0,
    maxTarget: new Uint8Array(32).fill(0xff),
    minExtranonceSize: 8,
  });
}

Deno.test("twenty connections of one address cannot open every channel, and leave others some", async () => {
  const pool = await PoolHarness.start({ channelsMax: CHANNELS_MAX });
  await pool.template(templateOn(1));
  assert.equal(await takeAll(pool, "203.0.113.1"), CHANNELS_MAX / 2);
  assert.equal(await takeAll(pool, "203.0.113.1"), 0, "more connections bring no more channels");
  assert.equal(await takeAll(pool, "203.0.113.2"), CHANNELS_MAX / 4, "half of the rest");
  for (let host = 3; host <= 5; host++) await takeAll(pool, `203.0.113.${host}`);
  const honest = await pool.connect("198.51.100.1");
  await honest.setup();
  honest.connection.send(open(1));
  await settle();
  assert.equal(honest.heard(OpenMiningChannelError).length, 0);
  assert.equal(honest.heard(OpenExtendedMiningChannelSuccess).length, 1);
  await pool.stop();
});
