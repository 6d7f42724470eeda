/**
 * kill -9 of the pool, as a process, at the moments that would cost money.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { systemClock } from "../../src/base/mod.ts";
import { type LogLine, PoolProcess } from "../support/pool_process.ts";
import { startTestMiner } from "../support/test_miner.ts";
import { openStore } from "../support/test_store.ts";
import { until } from "../support/until.ts";

const POOL_ADDRESS = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";
const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86.rig";

/** Every second solution is a block. */
const EASY_LIMIT = (1n << 255n) - 1n;

/** Every hundredth solution is a block, so that shares come without blocks. */
const HARD_LIMIT = (1n << 256n) / 100n;

function configuration(nodeUrl: string): string {
  return `
    [server]
    listen_addr = "127.0.0.1:0"
    [zebra]
    url = "${nodeUrl}"
    [mining]
    initial_difficulty = 0.00013
    min_difficulty = 0.00013
    target_shares_per_minute = 100
    validation_threads = 1
    [payout]
    pool_address = "${POOL_ADDRESS}"
    [jd]
    enabled = false
    [metrics]
    listen_addr = "127.0.0.1:0"
    [security]
    noise_enabled = true
    noise_private_key = "${"5a".repeat(32)}"
  `;
}

Deno.test("SIGTERM leaves a line when the pool begins to stop and one with what it did", async () => {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-term-" });
  const node = await startDemoNode({ powLimit: HARD_LIMIT, transactionIntervalMs: 0 });
  try {
    const pool = await PoolProcess.start(folder, configuration(node.url));
    const { port } = new URL((await pool.minerUrl()).replace("stratum2+tcp", "http"));
    const miner = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    assert.equal(await pool.end("SIGTERM"), 0);
    miner.close();
    const started = await pool.line("pool_started");
    assert.deepEqual([started["scheme"], started["pool_fee_percent"]], ["pps", 1]);
    const stopping = await pool.line("pool_stopping");
    assert.equal(stopping["signal"], "SIGTERM");
    assert.deepEqual([stopping["connections"], stopping["channels"]], [0, 0]);
    const stopped = await pool.line("pool_stopped");
    assert.equal(pool.log.at(-1), stopped, "nothing comes after it");
    assert.deepEqual(
      [stopped["shares_accepted"], stopped["shares_rejected"], stopped["credited_zat"]],
      [0, 0, "0"],
    );
  } finally {
    await node.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a block found just before kill -9 is in the chain after the restart", async () => {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-kill-" });
  const node = await startDemoNode({ powLimit: EASY_LIMIT, transactionIntervalMs: 0 });
  try {
    // The node takes no block: it hangs, as Zebra does with a parent that it does not know.
    node.control.setFault({ kind: "hang" }, { method: "submitblock" });
    const first = await PoolProcess.start(folder, configuration(node.url));
    const miner = startTestMiner(await first.minerUrl(), MINER);
    await first.line("block_found");
    await first.end("SIGKILL");
    await miner.stop();
    assert.equal(node.control.tip.height, 0);

    node.control.clearFaults();
    const second = await PoolProcess.start(folder, configuration(node.url));
    const accepted = await second.line("block_accepted");
    // On the easiest chain a second one may have been found in the same moment; the kill may have
    // come between its way into the spool and its line in the log.
    const hashes = (log: readonly LogLine[], event: string): unknown[] =>
      log.filter((line) => line.event === event).map(({ hash }) => hash);
    const recovered = hashes(second.log, "block_recovered");
    for (const hash of hashes(first.log, "block_found")) assert.ok(recovered.includes(hash));
    assert.ok(recovered.includes(accepted["hash"]));
    assert.ok(node.control.tip.height >= 1);
    assert.equal(await second.end("SIGTERM"), 0);

    const third = await PoolProcess.start(folder, configuration(node.url));
    await third.line("node_usable");
    assert.equal(third.log.some((line) => line.event === "block_submitted"), false);
    assert.equal(await third.end("SIGTERM"), 0);
  } finally {
    await node.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("after kill -9 only shares of the last moments are missing, and none is counted twice", async () => {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-kill-" });
  const node = await startDemoNode({ powLimit: HARD_LIMIT, transactionIntervalMs: 0 });
  try {
    const pool = await PoolProcess.start(folder, configuration(node.url));
    const miner = startTestMiner(await pool.minerUrl(), MINER);
    const acknowledged = () => miner.events.filter(({ kind }) => kind === "share_accepted").length;
    await until("no shares are acknowledged", () => acknowledged() >= 4, 120_000);
    // A batch is written at the latest 250 ms after its first share, by the clock of the pool's
    // process; twice that is allowed here.
    const owed = acknowledged();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await pool.end("SIGKILL");
    const seen = acknowledged();
    await miner.stop();
    const store = await openStore({ kind: "sqlite", path: `${folder}/data/zcash-pool.sqlite` }, {
      clock: systemClock,
    });
    const { shares } = await store.totals();
    await store.close();
    assert.ok(shares >= owed, `${shares} written, ${owed} acknowledged half a second before`);
    assert.ok(shares <= seen + 1, `${shares} written, ${seen} acknowledged`);
  } finally {
    await node.close();
    await Deno.remove(folder, { recursive: true });
  }
});
