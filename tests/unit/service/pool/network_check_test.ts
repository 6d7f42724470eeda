import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/mod.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { startDemoNode } from "../../../../src/demo/demo_node/mod.ts";
import { networkFault, startPool } from "../../../../src/service/pool/mod.ts";

const MAIN_ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";
const TEST_ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";

function toml(address: string, network: string): string {
  return `[payout]\npool_address = "${address}"\n[mining]\nnetwork = "${network}"\n`;
}

Deno.test("a node has to be on the network of mining.network and of the pool's address", () => {
  const rows: [string, string, string, RegExp | undefined][] = [
    ["main", MAIN_ADDRESS, "auto", undefined],
    ["main", MAIN_ADDRESS, "main", undefined],
    ["test", MAIN_ADDRESS, "main", /on a test network, but mining\.network is main/],
    ["test", MAIN_ADDRESS, "auto", /on a test network, but payout\.pool_address is of main/],
    ["test", TEST_ADDRESS, "auto", undefined],
    ["test", TEST_ADDRESS, "test", undefined],
    // Regtest says "test" of itself.
    ["test", TEST_ADDRESS, "regtest", undefined],
    ["main", TEST_ADDRESS, "test", /on Mainnet, but mining\.network is test/],
    ["main", TEST_ADDRESS, "auto", /on Mainnet, but payout\.pool_address is of test/],
  ];
  for (const [chain, address, network, expected] of rows) {
    const fault = networkFault({ chain }, parseConfig(toml(address, network)).config);
    const row = `${chain} ${address} ${network}`;
    if (expected === undefined) assert.equal(fault, undefined, row);
    else assert.match(fault ?? "", expected, row);
  }
});

Deno.test("a pool of Mainnet takes no work of a node of a test network, and says what to correct", async () => {
  const node = await startDemoNode({ minerAddress: TEST_ADDRESS });
  const rest = `[zebra]\nurl = "${node.url}"\n[database]\npath = ":memory:"\n` +
    `[server]\nlisten_addr = "127.0.0.1:0"\njd_listen_addr = "127.0.0.1:0"\n[metrics]\nlisten_addr = "127.0.0.1:0"\n`;
  const told = Promise.withResolvers<string>();
  const logger = {
    ...silentLogger,
    log: (_level: string, event: string, message: string) => {
      if (event === "node_unusable" || event === "node_usable") told.resolve(message);
    },
  };
  const running = await startPool(parseConfig(toml(MAIN_ADDRESS, "main") + rest), { logger });
  try {
    assert.match(await told.promise, /It is on a test network, but mining\.network is main/);
    assert.equal(running.pool.height, undefined);
  } finally {
    await running.stop();
    await node.close();
  }
});
