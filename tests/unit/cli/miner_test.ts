import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { runCommand } from "../../support/command_line.ts";

Deno.test({
  name: "the miner ends at once with the flag to add when it may not connect",
  permissions: { net: ["127.0.0.1:1"] },
  async fn() {
    const rows: [string, string][] = [
      ["stratum2+tcp://127.0.0.1:2", "127.0.0.1:2"],
      ["stratum2+tcp://[::1]:3333", "[::1]:3333"],
    ];
    for (const [url, host] of rows) {
      const { code, out, err } = await runCommand(["miner", url, "--plain", "--user", "t1x"]);
      assert.deepEqual([code, out], [ExitCode.permission, ""]);
      assert.equal(
        err,
        `zcash-pool: Cannot connect to ${host}: the permission is missing, add --allow-net=${host}\n`,
      );
    }
  },
});

Deno.test("a miner that no pool took in its time ends with 1", async () => {
  const pool = "stratum2+tcp://127.0.0.1:1";
  const argv = ["miner", pool, "--plain", "--user", "t1x", "--for", "200ms"];
  const { code, err } = await runCommand(argv);
  assert.deepEqual([code, err], [
    ExitCode.failed,
    `zcash-pool: No channel could be opened at ${pool}\n`,
  ]);
});
