/**
 * A pool as `run` starts it, with real sockets and threads, and clients that hang up anywhere, say
 * nothing, never read, or send more than can be checked. An honest client is among them each time.
 */
import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/mod.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { type DemoNode, startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { type RunningPool, startPool } from "../../src/service/pool/mod.ts";
import {
  NewEquihashJob,
  SubmitSharesError,
  UpdateChannel,
  UpdateChannelError,
} from "../../src/wire/protocol/mod.ts";
import { KilledClient } from "../support/killed_client.ts";
import { garbageShare, joined, RawClient, sessionStart } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

/** Every second header meets the network's target, as on a young test network. */
const EASY_LIMIT = (1n << 255n) - 1n;

const CONFIGURATION = `
[server]
listen_addr = "127.0.0.1:0"
[mining]
initial_difficulty = 0.00013
min_difficulty = 0.00013
validation_threads = 1
[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
[security]
noise_enabled = true
noise_private_key = "${"5a".repeat(32)}"
# Strangers are to do their worst here: all of them have one address.
ban_threshold = 1000000
[jd]
enabled = false
[database]
path = ":memory:"
[metrics]
listen_addr = "127.0.0.1:0"
[zebra]
`;

/** The system of a killed client ends its connections at once; no time limit of the pool is so short. */
const KILL_LIMIT_MS = 5_000;

/** A pool with an honest client; at the end nothing of anybody is left. */
async function withPool(
  body: (stage: { pool: RunningPool; node: DemoNode; honest: RawClient }) => Promise<void>,
): Promise<void> {
  const node = await startDemoNode({ powLimit: EASY_LIMIT, transactionIntervalMs: 0 });
  const parsed = parseConfig(`${CONFIGURATION}url = "${node.url}"`);
  const pool = await startPool(parsed, { logger: silentLogger });
  try {
    const honest = await RawClient.connect(pool.miningAddress);
    await honest.mine();
    await body({ pool, node, honest });
    await assertServed(honest);
    await honest.close();
    await until(
      "connections are left",
      async () => await metric(pool, "pool_connections_active") === 0,
    );
    assert.equal(pool.pool.channelCount, 0);
  } finally {
    await pool.stop();
    await node.close();
  }
}

/** A question and its answer show that the pool hears the client. */
async function assertServed(honest: RawClient): Promise<void> {
  const answers = honest.heard(UpdateChannelError).length;
  await honest.send(UpdateChannel.encode({
    channelId: 999,
    nominalHashRate: 1,
    maximumTarget: new Uint8Array(32).fill(0xff),
  }));
  await honest.hear(UpdateChannelError, answers + 1);
}

async function metric(pool: RunningPool, name: string): Promise<number> {
  const response = await fetch(`${pool.metricsUrl}/metrics`);
  const line = (await response.text()).split("\n").find((each) => each.startsWith(`${name} `));
  const value = line?.slice(name.length + 1);
  assert(value !== undefined, name);
  return Number(value);
}

Deno.test("a session that ends at any of its bytes leaves nothing behind", () =>
  withPool(async ({ pool, honest }) => {
    const job = await honest.hear(NewEquihashJob);
    const plain = joined([sessionStart(), garbageShare(job, 0)]);
    const noise = crypto.getRandomValues(new Uint8Array(64 + 18));
    for (const bytes of [plain, noise]) {
      for (let from = 0; from < bytes.length; from += 50) {
        const lengths = Array.from(
          { length: Math.min(50, bytes.length - from) },
          (_, i) => from + i,
        );
        await Promise.all(lengths.map(async (length) => {
          const client = await RawClient.connect(pool.miningAddress, { reads: false });
          await client.send(bytes.subarray(0, length));
          await client.close();
        }));
      }
    }
    await until(
      "connections are left",
      async () => await metric(pool, "pool_connections_active") === 1,
    );
    assert.equal(pool.pool.channelCount, 1);
  }));

for (
  const [where, bytes, channels] of [
    ["in the handshake", new Uint8Array(30).fill(0x81), 0],
    ["with the handshake's answer unread", new Uint8Array(64).fill(0x81), 0],
    ["in a frame, with channels", joined([sessionStart(50), new Uint8Array(5)]), 50],
  ] as const
) {
  Deno.test(`a client killed ${where} leaves nothing behind`, () =>
    withPool(async ({ pool }) => {
      const client = await KilledClient.start(pool.miningAddress.port, bytes);
      await until("channels are missing", () => pool.pool.channelCount === 1 + channels);
      if (bytes.length >= 64) {
        await until("connections are left", async () =>
          await metric(pool, "pool_connections_active") === 2);
      }
      await client.kill();
      const killedAt = performance.now();
      await until("it did not come about", async () => {
        const failed = await metric(pool, 'pool_handshakes_failed_total{cause="closed"}');
        const active = await metric(pool, "pool_connections_active");
        return active === 1 && failed === (bytes.length < 64 ? 1 : 0);
      });
      assert.equal(pool.pool.channelCount, 1);
      assert(performance.now() - killedAt < KILL_LIMIT_MS);
    }));
}

Deno.test("a client that never reads its jobs is let go, and others get theirs", () =>
  withPool(async ({ pool, node, honest }) => {
    const deaf = await RawClient.connect(pool.miningAddress, { reads: false });
    await deaf.send(sessionStart(1_000));
    await until("channels are missing", () => pool.pool.channelCount === 1_001);
    // 165 KB a block: what the system keeps for him is full after some megabytes.
    for (let block = 0; pool.pool.channelCount > 1; block++) {
      assert(block < 500, "the pool keeps megabytes for a client that does not read");
      const { height } = node.control.tip;
      node.control.generate(1);
      await until("no block came", () => (pool.pool.height ?? 0) > height + 1);
    }
    await deaf.close();
    await assertServed(honest);
  }));

Deno.test("headers that all look like blocks do not fill the pool's memory", () =>
  withPool(async ({ pool, honest }) => {
    const flooders = await Promise.all(
      Array.from({ length: 4 }, () => RawClient.connect(pool.miningAddress)),
    );
    let most = 0;
    const floods = flooders.map(async (client) => {
      const job = await client.mine();
      const shares = Array.from({ length: 400 }, (_, i) => garbageShare(job, i));
      for (let round = 0; round < 5; round++) assert(await client.send(joined(shares)));
      await client.hear(SubmitSharesError, 5 * shares.length);
    });
    let isOver = false;
    const flood = Promise.all(floods).finally(() => isOver = true);
    while (!isOver) {
      most = Math.max(most, await metric(pool, "pool_verifier_waiting"));
      await assertServed(honest);
    }
    await flood;
    // 256 a connection, and what one read brings beyond.
    assert(most <= 4 * (256 + 50), String(most));
    assert.equal(await metric(pool, "pool_blocks_found_total"), 0);
    await Promise.all(flooders.map((client) => client.close()));
  }));

Deno.test("silent clients take no more than an address's places, and who is in is served", () =>
  withPool(async ({ pool, honest }) => {
    const silent = await Promise.all(
      Array.from({ length: 150 }, () => RawClient.connect(pool.miningAddress)),
    );
    // An address has 100 places, the honest client's among them.
    await until(
      "silent clients are not closed",
      () => silent.filter((client) => client.hasEnded).length === 51,
    );
    await assertServed(honest);
    await Promise.all(silent.map((client) => client.close()));
  }));
