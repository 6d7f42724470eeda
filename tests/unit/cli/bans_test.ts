import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

const POOL = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

Deno.test("bans are added, listed and lifted, an IPv6 address by its first 64 bits", async () => {
  await inFolder(async (folder) => {
    const bans = (...argv: string[]) =>
      runCommand(["bans", ...argv, "--pool-address", POOL, "--data-dir", folder]);
    const whole = await bans("add", "2001:db8::77", "--reason", "floods", "--by", "mia");
    assert.deepEqual([whole.code, whole.out], [
      ExitCode.ok,
      "2001:db8:0:0::/64: turned away for 3600 seconds.\n",
    ]);
    const one = await bans("add", "192.0.2.1", MINER, "--seconds", "60");
    assert.equal(one.out, `192.0.2.1 ${MINER}: turned away for 60 seconds.\n`);
    const list = JSON.parse((await bans("list", "--json")).out).bans;
    assert.deepEqual(
      list.map((ban: Record<string, unknown>) => [ban.network, ban.miner, ban.by, ban.reason]),
      [["2001:db8:0:0::/64", null, "mia", "floods"], ["192.0.2.1", MINER, "operator", ""]],
    );
    assert.match((await bans("list")).out, /2001:db8:0:0::\/64 +everybody +\d+ +mia +floods/);
    assert.equal((await bans("lift", "2001:db8::1")).out, "Bans ended: 1.\n");
    assert.equal((await bans("lift", "192.0.2.1", MINER)).out, "Bans ended: 1.\n");
    const again = await bans("lift", "192.0.2.1");
    assert.deepEqual([again.code, again.out], [ExitCode.failed, "There is no such ban.\n"]);
    assert.equal((await bans("list")).out, "Nobody is turned away.\n");
    const wrong = await bans("add", "somewhere");
    assert.equal(wrong.code, ExitCode.failed);
    assert.match(wrong.err, /an IP address expected/);
  });
});
