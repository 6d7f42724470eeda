import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/mod.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { startPool } from "../../../../src/service/pool/mod.ts";
import { inFolder } from "../../../support/command_line.ts";

const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";

/** Nobody listens there; a start that fails never asks. */
function start(sections: string): Promise<unknown> {
  const toml = `[payout]\npool_address = "${ADDRESS}"\n[zebra]\nurl = "http://127.0.0.1:1"\n`;
  return startPool(parseConfig(toml + sections), { logger: silentLogger });
}

Deno.test("a folder that cannot be made is told with its path and its key", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const rows: [string, string][] = [
      [`[server]\ndata_dir = "${folder}/file/data"\n`, "server.data_dir"],
      [`[database]\npath = "${folder}/file/data/records"\n`, "database.path"],
    ];
    for (const [toml, key] of rows) {
      await assert.rejects(start(toml), {
        name: "PlaceError",
        message: new RegExp(`^Cannot make the folder ${folder}/file/data of ${key}: a part of`),
      });
    }
  });
});

Deno.test("a port that is taken is told with what it was for and its key", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  const memory = '[database]\npath = ":memory:"\n';
  try {
    await assert.rejects(start(`${memory}[server]\nlisten_addr = "${address}"\n`), {
      code: "listen-failed",
      message: `Cannot listen for miners on ${address}, server.listen_addr: ` +
        "another process has the port",
    });
    const metrics =
      `[server]\nlisten_addr = "127.0.0.1:0"\njd_listen_addr = "127.0.0.1:0"\n[metrics]\nlisten_addr = "${address}"\n`;
    await assert.rejects(start(memory + metrics), {
      code: "listen-failed",
      message: `Cannot serve metrics on ${address}, metrics.listen_addr: ` +
        "another process has the port",
    });
  } finally {
    taken.close();
  }
});

Deno.test("the address of metrics can be followed where it is of IPv6", async () => {
  const toml = `[payout]\npool_address = "${ADDRESS}"\n[zebra]\nurl = "http://127.0.0.1:1"\n` +
    '[database]\npath = ":memory:"\n[server]\nlisten_addr = "[::1]:0"\n' +
    '[metrics]\nlisten_addr = "[::1]:0"\n[mining]\nvalidation_threads = 1\n';
  const pool = await startPool(parseConfig(toml), { logger: silentLogger });
  try {
    assert.match(pool.metricsUrl ?? "", /^http:\/\/\[::1\]:[1-9][0-9]*$/);
    assert.equal(
      (await fetch(`${pool.metricsUrl}/metrics`).then((r) => r.text())).length > 0,
      true,
    );
  } finally {
    await pool.stop();
  }
});
