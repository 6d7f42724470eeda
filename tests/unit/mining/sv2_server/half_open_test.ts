/**
 * A peer whose network is gone: no end of the stream comes, and for minutes the system takes what is
 * written to him. What he held is freed within the time limits of the wire specification, whatever
 * he was doing.
 */
import assert from "node:assert/strict";
import { concatBytes } from "../../../../src/base/mod.ts";
import { PlainFrameCodec } from "../../../../src/wire/transport/_frame_codec.ts";
import {
  DEFAULT_CONNECTION_LIMITS,
  DEFAULT_LISTENER_LIMITS,
  FIRST_PAYLOAD_LENGTH_MAX,
} from "../../../../src/wire/transport/mod.ts";
import { framesOn } from "../../../../src/wire/transport/_framed_connection.ts";
import { settle } from "../../../support/fake_clock.ts";
import {
  MINER_ADDRESS,
  PoolHarness,
  setupFrame,
  templateOn,
} from "../../../support/pool_harness.ts";
import { sessionStart } from "../../../support/raw_client.ts";
import { socketPair, type TestSocket } from "../../../support/socket_pair.ts";
import { recordedMetrics } from "../../wire/transport/_recorded_metrics.ts";

const { idleTimeoutMs, closeTimeoutMs } = DEFAULT_CONNECTION_LIMITS;

/** From the accept to the first channel, as the harness's pool has it. */
const CONNECTION_TIMEOUT_MS = 30_000;

/** A pool with one peer on a socket of memory. */
async function withPeer(
  run: (stage: { pool: PoolHarness; near: TestSocket; far: TestSocket }) => Promise<void>,
): Promise<void> {
  // One byte of nonce_1, so that a prefix that is not freed shows.
  const pool = await PoolHarness.start({ nonce1Length: 1 });
  await pool.template(templateOn(1));
  const { near, far } = socketPair();
  await pool.serve(
    framesOn(
      { id: 99, remoteAddress: near.remoteAddress, limits: DEFAULT_CONNECTION_LIMITS },
      {
        socket: near,
        codec: new PlainFrameCodec(FIRST_PAYLOAD_LENGTH_MAX),
        clock: pool.clock,
        metrics: recordedMetrics(),
      },
    ),
  );
  await run({ pool, near, far });
  assert.equal(near.isClosed, true);
  assert.equal(pool.pool.channelCount, 0);
  await pool.template(templateOn(999));
  const next = await pool.connectMiner();
  for (let i = 1; i < 256; i++) await next.open(`${MINER_ADDRESS}.r${i}`);
  assert.equal(pool.pool.channelCount, 256, "every prefix can be given out again");
  await pool.stop();
  assert.equal(pool.clock.pending, 0, "no timer is left");
}

/** Blocks come and jobs are written until the time is over. */
async function passWithBlocks(pool: PoolHarness, ms: number): Promise<void> {
  const end = pool.clock.monotonic() + ms;
  for (let parent = 2; pool.clock.monotonic() < end; parent++) {
    await pool.clock.advance(Math.min(25_000, end - pool.clock.monotonic()));
    await pool.template(templateOn(parent));
  }
}

Deno.test("a miner with channels who is gone without a word is let go after the idle timeout", () =>
  withPeer(async ({ pool, near, far }) => {
    await far.write(sessionStart(10));
    await settle();
    assert.equal(pool.pool.channelCount, 10);
    await passWithBlocks(pool, idleTimeoutMs - 1);
    assert.equal(pool.pool.channelCount, 10);
    assert(near.writes.length > 10, "the system takes his jobs all the while");
    await pool.clock.advance(1);
  }));

Deno.test("so is one in the middle of a frame", () =>
  withPeer(async ({ pool, far }) => {
    await far.write(sessionStart(10));
    await far.write(setupFrame().subarray(0, 20));
    await settle();
    assert.equal(pool.pool.channelCount, 10);
    await passWithBlocks(pool, idleTimeoutMs);
  }));

Deno.test("one whose system takes nothing more is let go after the write timeout", () =>
  withPeer(async ({ pool, near, far }) => {
    await far.write(sessionStart(10));
    await settle();
    near.holdWrites();
    await pool.template(templateOn(2));
    await pool.clock.advance(DEFAULT_CONNECTION_LIMITS.writeTimeoutMs);
  }));

for (
  const [where, bytes] of [
    ["before its first byte", new Uint8Array(0)],
    ["in its first frame", setupFrame().subarray(0, 30)],
    ["between setup and channel", setupFrame()],
  ] as const
) {
  Deno.test(`one who is gone ${where} is let go with the time for the first channel`, () =>
    withPeer(async ({ pool, far }) => {
      await far.write(concatBytes(bytes));
      await pool.clock.advance(CONNECTION_TIMEOUT_MS + closeTimeoutMs);
    }));
}

Deno.test("the bounds are those of the wire specification", () => {
  const page = Deno.readTextFileSync(
    new URL("../../../../src/wire/protocol/README.md", import.meta.url),
  ).replaceAll("\n", " ");
  const handshake = DEFAULT_LISTENER_LIMITS.handshakeTimeoutMs / 1_000;
  assert(page.includes(`${handshake} seconds from connecting to the end of the Noise handshake`));
  assert(page.includes(`${CONNECTION_TIMEOUT_MS / 1_000} seconds to the first open channel`));
  assert(page.includes(`${idleTimeoutMs / 1_000} seconds without a single byte`));
  const { queuedBytesMax, maxConnectionsPerIp } = DEFAULT_LISTENER_LIMITS;
  assert(page.includes(`bytes that wait to be sent to a miner | ${queuedBytesMax / 1024} KB`));
  assert(page.includes(`connections from one address | ${maxConnectionsPerIp} (*setting*)`));
});
