/**
 * Several processes on one chain: no two of their channels search the same headers, and a share is
 * claimed in the Redis that they share.
 */
import assert from "node:assert/strict";
import { bytesToHex, silentLogger, systemRandom } from "../../src/base/mod.ts";
import { makeJobTemplate, payAllTo } from "../../src/chain/jobs/mod.ts";
import { p2pkhScript } from "../../src/chain/zcash/mod.ts";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { NoncePrefixes } from "../../src/mining/channels/mod.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { startPool } from "../../src/service/pool/mod.ts";
import { madeTemplate } from "../support/block_templates.ts";
import { inFolder, runCommand } from "../support/command_line.ts";
import { RedisServer } from "../support/redis_server.ts";
import { testWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const PROCESSES = 8;
const CHANNELS = 100_000;

/** Process bytes as a start makes them. */
function started(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(8));
}

/** The worst case: every process gives its channels the same prefixes. */
function equalPrefixes(): string[] {
  const prefixes = new NoncePrefixes(4, systemRandom);
  return Array.from(
    { length: CHANNELS / PROCESSES },
    () => bytesToHex(prefixes.tryAllocate() ?? new Uint8Array()),
  );
}

Deno.test("100,000 channels of 8 processes share no header, also after a restart of each", () => {
  const prefixes = equalPrefixes();
  for (const version of [4, 5, 6] as const) {
    const template = madeTemplate({ version });
    const searched = new Set<string>();
    for (let start = 0; start < 2 * PROCESSES; start++) {
      const job = makeJobTemplate(template, {
        split: payAllTo(p2pkhScript(new Uint8Array(20).fill(0x33))),
        processBytes: started(),
        tag: new TextEncoder().encode("/pool/"),
        serial: 1,
      });
      const header = bytesToHex(job.headerPrefix(job.time));
      for (const prefix of prefixes) searched.add(header + prefix);
    }
    assert.equal(searched.size, 2 * CHANNELS, `v${version}`);
  }
});

testWith(
  "redis-server",
  "a pool claims in Redis, starts and goes on without it, and check tries it",
  async (program) => {
    await using server = await RedisServer.start(program);
    const node = await startDemoNode({ minerAddress: ADDRESS });
    await inFolder(async (folder) => {
      const file = `${folder}/pool.toml`;
      const toml = `[server]
listen_addr = "127.0.0.1:0"
data_dir = "${folder}"
[zebra]
url = "${node.url}"
[payout]
pool_address = "${ADDRESS}"
[dedup]
enabled = true
redis_url = "${server.url()}"
window_seconds = 1
[metrics]
listen_addr = "127.0.0.1:0"
[jd]
enabled = false
`;
      await Deno.writeTextFile(file, toml);
      const running = await startPool(parseConfig(toml), { logger: silentLogger });
      const usable = async (): Promise<string | undefined> => {
        const text = await (await fetch(`${running.metricsUrl}/metrics`)).text();
        return /^pool_dedup_usable (\d)$/m.exec(text)?.[1];
      };
      try {
        assert.equal(await usable(), "1");
        const check = await runCommand(["check", "--config", file]);
        assert.match(check.out, /ok +dedup\.redis_url, 127\.0\.0\.1:\d+, can be used\.$/m);
        await server.kill();
        await until("the loss of Redis is not seen", async () => await usable() === "0");
        const warned = await runCommand(["check", "--config", file]);
        assert.match(warned.out, /warning +dedup\.redis_url: .*its own memory\.$/m);
        await server.restart();
        await until("the return of Redis is not seen", async () => await usable() === "1");
      } finally {
        await running.stop();
        await node.close();
      }
    });
  },
);
