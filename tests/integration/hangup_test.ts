/**
 * SIGHUP, which comes from whoever rotates logs and from a terminal that is closed.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { inFolder } from "../support/command_line.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { until } from "../support/until.ts";

const ROOT = new URL("../../", import.meta.url);
const SCRIPT = "/usr/bin/script";

/** How long a pool may take to end in order on a machine that is busy. */
const END_LIMIT_MS = 60_000;

async function withConfiguration(
  logging: string,
  body: (folder: string, toml: string) => Promise<void>,
): Promise<void> {
  const node = await startDemoNode({ transactionIntervalMs: 0 });
  try {
    await inFolder((folder) =>
      body(
        folder,
        `[server]
listen_addr = "127.0.0.1:0"
jd_listen_addr = "127.0.0.1:0"
[zebra]
url = "${node.url}"
[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
[metrics]
listen_addr = "127.0.0.1:0"
[logging]
${logging.replace("FOLDER", folder)}
`,
      )
    );
  } finally {
    await node.close();
  }
}

/** Of the lines that are written to their end. */
function eventsIn(file: string): string[] {
  const lines = Deno.readTextFileSync(file).split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line).event);
}

Deno.test("SIGHUP after a rotation opens the log file again, and the mining goes on", () =>
  withConfiguration('file = "FOLDER/pool.log"', async (folder, toml) => {
    const pool = await PoolProcess.start(folder, toml);
    await pool.line("nobody_is_paid");
    await Deno.rename(`${folder}/pool.log`, `${folder}/pool.log.1`);
    pool.hangUp();
    await pool.line("log_file_reopened");
    const { port } = new URL((await pool.minerUrl()).replace("stratum2+tcp", "http"));
    (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close();
    assert.equal(await pool.end("SIGTERM"), 0);
    assert.equal(eventsIn(`${folder}/pool.log`)[0], "log_file_reopened");
    assert.equal(eventsIn(`${folder}/pool.log`).at(-1), "pool_stopped");
    assert(eventsIn(`${folder}/pool.log.1`).includes("pool_started"));
  }));

Deno.test("SIGHUP without a log file is said and ends nothing", () =>
  withConfiguration("", async (folder, toml) => {
    const pool = await PoolProcess.start(folder, toml);
    await pool.line("nobody_is_paid");
    pool.hangUp();
    await pool.line("log_file_not_set");
    assert.equal(await pool.end("SIGTERM"), 0);
    assert.equal((await pool.line("pool_stopping"))["signal"], "SIGTERM");
  }));

Deno.test({
  name: "a pool whose terminal goes away ends in order",
  // util-linux brings it on every Debian; elsewhere there is no pseudo-terminal to be had.
  ignore: !exists(SCRIPT),
  fn: () =>
    withConfiguration('file = "FOLDER/pool.log"', async (folder, toml) => {
      await Deno.writeTextFile(`${folder}/pool.toml`, toml);
      const files = `--allow-read=${folder} --allow-write=${folder}`;
      const line = `exec '${Deno.execPath()}' run --no-prompt --allow-net ${files} main.ts run ` +
        `--config ${folder}/pool.toml --data-dir ${folder}/data`;
      const terminal = new Deno.Command(SCRIPT, {
        args: ["-qec", line, "/dev/null"],
        cwd: ROOT,
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await logged(folder, "nobody_is_paid");
      terminal.kill("SIGKILL");
      await terminal.status;
      await terminal.stdin.close().catch(() => {});
      await logged(folder, "pool_stopped");
    }),
});

/** Waits until the log file has a line of the event. */
async function logged(folder: string, event: string): Promise<void> {
  const file = `${folder}/pool.log`;
  const isThere = (): boolean => exists(file) && eventsIn(file).includes(event);
  await until(`the log file has no line ${event}`, isThere, END_LIMIT_MS);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
