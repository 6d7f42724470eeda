/**
 * The pool with its ledger in PostgreSQL, from `database.url` to the commands beside it.
 */
import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/mod.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { startPool } from "../../src/service/pool/mod.ts";
import { inFolder, runCommand } from "../support/command_line.ts";
import { PostgresCluster } from "../support/postgres_cluster.ts";
import { testWith } from "../support/requirements.ts";

const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";

testWith(
  "postgres",
  "a pool keeps its ledger in PostgreSQL, and commands read it beside the pool",
  async () => {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.newSchema();
    const node = await startDemoNode({ minerAddress: ADDRESS });
    await inFolder(async (folder) => {
      const file = `${folder}/pool.toml`;
      const toml = [
        "[server]",
        'listen_addr = "127.0.0.1:0"',
        `data_dir = "${folder}"`,
        "[zebra]",
        `url = "${node.url}"`,
        "[payout]",
        `pool_address = "${ADDRESS}"`,
        'scheme = "prop"',
        "pool_fee_percent = 2.5",
        "[database]",
        `url = "${url}"`,
        "[metrics]",
        'listen_addr = "127.0.0.1:0"',
        "[jd]",
        "enabled = false",
      ].join("\n");
      await Deno.writeTextFile(file, toml);
      const running = await startPool(parseConfig(toml), { logger: silentLogger });
      try {
        const { epochs } = JSON.parse(
          (await runCommand(["epochs", "--json", "--config", file])).out,
        );
        assert.deepEqual([epochs[0].scheme, epochs[0].fee_ppm], ["prop", 25_000]);
        const audit = await runCommand(["ledger", "audit", "--config", file]);
        assert.match(audit.out, /Everything holds\.$/m, audit.err);
        const status = await (await fetch(`${running.metricsUrl}/status`)).json();
        assert.equal(status.money.liability_zat, "0");
        assert.equal(status.scheme, "prop");
        const check = await runCommand(["check", "--config", file]);
        assert.match(check.out, /ok +database\.url, .* can be used\.$/m, check.err);
      } finally {
        await running.stop();
        await node.close();
      }
    });
  },
);
