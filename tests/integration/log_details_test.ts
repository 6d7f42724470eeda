/** What the log says of miners and shares, read from the file of a pool with a miner. */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { inFolder, runCommand } from "../support/command_line.ts";
import { PoolProcess } from "../support/pool_process.ts";

const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

/** A miner that works until it is ended; searching a share takes as long as it takes. */
function startMiner(url: string): Deno.ChildProcess {
  const miner = ["main.ts", "miner", url, "--user", `${MINER}.rig`, "--plain"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net", ...miner],
    cwd: new URL("../../", import.meta.url),
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
}

/**
 * The text of the log file of a pool that a miner has worked on and a stranger has failed to.
 *
 * @param awaited the event that the miner works for.
 */
async function logOf(details: string, awaited: string): Promise<string> {
  const node = await startDemoNode({ transactionIntervalMs: 0 });
  try {
    let text = "";
    await inFolder(async (folder) => {
      const pool = await PoolProcess.start(
        folder,
        `[server]
listen_addr = "127.0.0.1:0"
[zebra]
url = "${node.url}"
[mining]
initial_difficulty = 0.0003
min_difficulty = 0.0001
[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
[metrics]
listen_addr = "127.0.0.1:0"
[logging]
level = "debug"
file = "${folder}/pool.log"
${details}
`,
      );
      const url = await pool.minerUrl();
      const miner = startMiner(url);
      await pool.line(awaited).finally(() => miner.kill("SIGTERM"));
      await miner.status;
      await runCommand(["miner", url, "--user", "nobody.rig", "--plain", "--for", "1s"]);
      assert.equal(await pool.end("SIGTERM"), 0);
      text = await Deno.readTextFile(`${folder}/pool.log`);
    });
    return text;
  } finally {
    await node.close();
  }
}

function linesOf(text: string, event: string): Record<string, unknown>[] {
  return text.trim().split("\n").map((line) => JSON.parse(line))
    .filter((line) => line.event === event);
}

Deno.test("with include_miner_ips and include_share_details the log has logins with addresses and each share", async () => {
  const text = await logOf(
    "include_miner_ips = true\ninclude_share_details = true",
    "share_accepted",
  );
  const [login] = linesOf(text, "login_accepted");
  assert.deepEqual(
    [login?.level, login?.miner, login?.worker, login?.miner_ip],
    ["info", MINER, "rig", "127.0.0.1"],
  );
  const [refused] = linesOf(text, "login_refused");
  assert.deepEqual([refused?.user, refused?.miner_ip], ["nobody.rig", "127.0.0.1"]);
  const [share] = linesOf(text, "share_accepted");
  assert.equal(share?.miner, MINER);
  for (const field of ["worker", "difficulty", "job", "height", "credit_zat", "is_block"]) {
    assert(share !== undefined && field in share, field);
  }
});

Deno.test("without them no line has a miner's IP address, and none is about a single share", async () => {
  const text = await logOf("", "login_accepted");
  assert.equal(linesOf(text, "login_accepted").length, 1);
  assert.equal(linesOf(text, "login_refused").length, 1);
  assert(!text.includes("miner_ip"));
  assert.deepEqual(linesOf(text, "share_accepted"), []);
  // Addresses of the pool's own places are all that is left.
  for (const line of text.trim().split("\n").filter((line) => line.includes("127.0.0.1"))) {
    const { event } = JSON.parse(line);
    assert(["pool_started", "config_warning", "node_usable", "template"].includes(event), line);
  }
});
