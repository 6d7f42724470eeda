/**
 * Strangers open all the connections that they can: the pool as a process, with a limit of the system
 * on its descriptors and silent clients beyond it.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { startTestMiner } from "../support/test_miner.ts";

const OPEN_FILES_MAX = 400;
const STRANGERS = 450;

/** Every second solution is a block. */
const EASY_LIMIT = (1n << 255n) - 1n;

function configuration(nodeUrl: string, database: string): string {
  return `
    [server]
    listen_addr = "127.0.0.1:0"
    [zebra]
    url = "${nodeUrl}"
    [mining]
    initial_difficulty = 0.00013
    min_difficulty = 0.00013
    validation_threads = 1
    [payout]
    pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
    [jd]
    enabled = false
    [metrics]
    listen_addr = "127.0.0.1:0"
    [security]
    noise_enabled = true
    noise_private_key = "${"5a".repeat(32)}"
    max_connections_per_ip = 1000
    ${database}
  `;
}

/** Silent clients; those that are turned away see it at once. */
async function strangers(port: number): Promise<Deno.TcpConn[]> {
  const dialing = Array.from({ length: STRANGERS }, () => Deno.connect({ port }));
  return await Promise.all(dialing);
}

async function attack(database: string, run: (pool: PoolProcess) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-descriptors-" });
  const node = await startDemoNode({ powLimit: EASY_LIMIT, transactionIntervalMs: 0 });
  const pool = await PoolProcess.start(folder, configuration(node.url, database), OPEN_FILES_MAX);
  const sockets: Deno.TcpConn[] = [];
  try {
    const url = await pool.minerUrl();
    const { metrics } = await pool.line("pool_started");
    const miner = startTestMiner(url, "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86.rig");
    await pool.line("block_answered");
    const { port } = new URL(url.replace("stratum2+tcp", "http"));
    sockets.push(...await strangers(Number(port)));
    await pool.line("connections_refused");
    const from = pool.log.length;
    for (const path of ["health", "metrics", "status"]) {
      const answer = await fetch(`${metrics}/${path}`, { signal: AbortSignal.timeout(10_000) });
      await answer.body?.cancel();
      assert.equal(answer.status, 200, path);
    }
    const { answer } = await pool.line("block_answered", from);
    assert.equal(answer, "accepted");
    await miner.stop();
    run(pool);
    assert.equal(await pool.end("SIGTERM"), 0);
  } finally {
    await pool.end("SIGKILL");
    for (const socket of sockets) socket.close();
    await node.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("strangers beyond the descriptors stop nothing: with a limit that is counted at start", () =>
  attack("", (pool) => {
    const few = pool.log.find(({ event }) => event === "descriptors_few");
    assert(Number(few?.["max_connections"]) > 50, `${few?.["max_connections"]}`);
    assert(pool.log.every(({ event }) => event !== "accept_failed"), "it never comes to that");
  }));

Deno.test("strangers beyond the descriptors stop nothing: with a limit that is learnt", () =>
  attack('[database]\npath = ":memory:"', (pool) => {
    assert(pool.log.every(({ event }) => event !== "descriptors_few"));
    const failed = pool.log.filter(({ event }) => event === "accept_failed");
    assert.equal(failed.length, 1);
  }));
