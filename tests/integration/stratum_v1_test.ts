/**
 * Stratum V1 over real sockets, with real Equihash and an independent node: a miner on one port with
 * V2, one on a port of its own, and what a stranger can send.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { startTestMiner, type TestMiner } from "../support/test_miner.ts";
import { until } from "../support/until.ts";

const POOL_ADDRESS = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";
const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

/** Every second solution is a block. */
const EASY_LIMIT = (1n << 255n) - 1n;

async function withPool(
  stratum: string,
  test: (pool: PoolProcess, urls: { v1: string; v2: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-v1-" });
  const node = await startDemoNode({ powLimit: EASY_LIMIT, transactionIntervalMs: 0 });
  const pool = await PoolProcess.start(
    folder,
    `
    [server]
    listen_addr = "127.0.0.1:0"
    [stratum_v1]
    enabled = true
    ${stratum}
    start_difficulty = 0.00013
    [zebra]
    url = "${node.url}"
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
  `,
  );
  try {
    const started = await pool.line("pool_started");
    await test(pool, { v1: String(started["stratum_v1"]), v2: await pool.minerUrl() });
  } finally {
    await pool.end("SIGTERM");
    await node.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function accepted(miner: TestMiner): number {
  return miner.events.filter(({ kind }) => kind === "share_accepted").length;
}

Deno.test("on one port miners of V1 and of encrypted V2 mine side by side, and V1 finds blocks", () =>
  withPool('listen_addr = "127.0.0.1:0"', async (pool, { v1, v2 }) => {
    assert.equal(new URL(v1.replace("stratum+tcp", "http")).port, /:([0-9]+)\//.exec(v2)?.[1]);
    const old = startTestMiner(v1, `${MINER}.v1`);
    await pool.line("block_found");
    const modern = startTestMiner(v2, `${MINER}.v2`);
    await until("both miners have a share", () => accepted(old) > 0 && accepted(modern) > 0);
    await Promise.all([old.stop(), modern.stop()]);
    assert.deepEqual(
      [...old.events, ...modern.events].filter(({ kind }) =>
        kind === "share_rejected" || kind === "warning"
      ),
      [],
    );
  }));

Deno.test("on a port of its own V1 is served to the byte, whatever the packets", () =>
  withPool('listen_addr = "127.0.0.2:0"', async (_pool, { v1 }) => {
    const { hostname, port } = new URL(v1.replace("stratum+tcp", "http"));
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const reader = connection.readable.pipeThrough(new TextDecoderStream()).getReader();
    const writer = connection.writable.getWriter();
    const encoder = new TextEncoder();
    let heard = "";
    const hear = async (part: string): Promise<void> => {
      while (!heard.includes(part)) {
        const { value, done } = await reader.read();
        if (done) assert.fail(`the pool closed the connection; it said: ${heard}`);
        heard += value;
      }
    };
    // Two requests in one packet with CR LF, then one in single bytes.
    await writer.write(encoder.encode(
      '{"id":1,"method":"mining.subscribe","params":[]}\r\n{"id":"a","method":"mining.ping"}\n',
    ));
    await hear('{"id":"a","result":"pong","error":null}\n');
    assert.match(heard, /^\{"id":1,"result":\["[0-9a-f]{16}","[0-9a-f]{8}"\],"error":null\}\n/);
    for (
      const byte of encoder.encode(
        `{"id":2,"method":"mining.authorize","params":["${MINER}.x",""]}\n`,
      )
    ) {
      await writer.write(Uint8Array.of(byte));
    }
    await hear('"mining.notify"');
    assert.match(
      heard,
      /\{"id":2,"result":true,"error":null\}\n\{"id":null,"method":"mining.set_target"/,
    );
    // A line without end is refused by its bound, and the connection ends.
    await writer.write(encoder.encode("x".repeat(20_000))).catch(() => {});
    for (;;) {
      const { done } = await reader.read().catch(() => ({ done: true }));
      if (done) break;
    }
    await writer.close().catch(() => {});
  }));
