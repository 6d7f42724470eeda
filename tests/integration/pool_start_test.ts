/**
 * The pool as a process with the least that it is promised to run with: `--allow-net` and nothing
 * else, also on a terminal, where a forgotten question for a permission would stop it.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { runCommand } from "../support/command_line.ts";

const ROOT = new URL("../../", import.meta.url);
const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";

/** Logged last of all that a start says. */
const STARTED = "nobody_is_paid";

/** How Deno asks for a permission; nothing follows until somebody answers. */
const PROMPT = "Allow?";

/** What the program prints until it has started, asks for a permission, or ends. */
async function readStart(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let seen = "";
  while (!seen.includes(STARTED) && !seen.includes(PROMPT)) {
    const { done, value } = await reader.read();
    if (done) break;
    seen += value;
  }
  return seen;
}

async function readRest(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let seen = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return seen;
    seen += value;
  }
}

function poolArguments(nodeUrl: string): string[] {
  return [
    "run",
    "--allow-net",
    "pool.ts",
    "--pool-address",
    ADDRESS,
    "--zebra-url",
    nodeUrl,
    "--listen",
    "127.0.0.1:0",
    "--metrics-listen",
    "127.0.0.1:0",
    "--set",
    "server.jd_listen_addr=127.0.0.1:0",
  ];
}

function metricsUrlIn(log: string): string {
  const url = /"metrics":"(http:[^"]+)"/.exec(log)?.[1];
  assert(url !== undefined, log);
  return url;
}

/** Connecting proves the listener; the scrape proves that metrics ask for nothing. */
async function assertServes(log: string): Promise<void> {
  const port = Number(/stratum2\+tcp:\/\/127\.0\.0\.1:([0-9]+)/.exec(log)?.[1]);
  (await Deno.connect({ hostname: "127.0.0.1", port })).close();
  const answer = await fetch(`${metricsUrlIn(log)}/metrics`);
  assert.match(await answer.text(), /^pool_connections_active /m);
}

Deno.test("pool.ts serves with --allow-net alone, says what is missing, and ends with 0 on SIGTERM", async () => {
  const node = await startDemoNode({ minerAddress: ADDRESS });
  const child = new Deno.Command(Deno.execPath(), {
    args: poolArguments(node.url),
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const log = await readStart(reader);
    assert.match(log, /"event":"records_in_memory"[^\n]*--allow-read=data --allow-write=data/);
    assert.match(log, /"event":"blocks_in_memory"/);
    await assertServes(log);
  } finally {
    terminate(child);
    await readRest(reader);
    const { code, signal } = await child.status;
    await node.close();
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
  }
});

const SCRIPT = "/usr/bin/script";

/** Runs `deno run ARGS` on a terminal until it has started, looks at it, and presses Ctrl-C. */
async function runOnTerminal(args: readonly string[], look: (log: string) => Promise<void>) {
  const words = [Deno.execPath(), "run", ...args].map((word) => `'${word}'`);
  const child = new Deno.Command(SCRIPT, {
    // exec: a shell that stays in between (dash, when $SHELL is unset) answers Ctrl-C with its own
    // exit code instead of the pool's.
    args: ["-qec", `exec ${words.join(" ")}`, "/dev/null"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  try {
    seen = await readStart(reader);
    await look(seen);
  } finally {
    // It may have ended by itself; what it printed says why.
    await keyboard.write(Uint8Array.of(3)).catch(() => {});
    seen += await readRest(reader);
    const { code } = await child.status;
    await keyboard.close().catch(() => {});
    assert(!seen.includes(PROMPT), seen);
    assert.equal(code, 0, seen);
  }
}

Deno.test({
  name: "on a terminal no permission is asked for, and Ctrl-C ends the pool in order",
  // util-linux brings it on every Debian; elsewhere there is no pseudo-terminal to be had.
  ignore: !exists(SCRIPT),
  async fn() {
    const node = await startDemoNode({ minerAddress: ADDRESS });
    try {
      await runOnTerminal(poolArguments(node.url).slice(1), assertServes);
    } finally {
      await node.close();
    }
  },
});

Deno.test({
  name: "the printed flags are all that a pool with Noise, cookie and files needs",
  ignore: !exists(SCRIPT),
  async fn() {
    const folder = await Deno.makeTempDir();
    const node = await startDemoNode({ minerAddress: ADDRESS, cookieDir: folder });
    try {
      const config = `${folder}/pool.toml`;
      await Deno.writeTextFile(`${folder}/noise.key`, `${"4d".repeat(32)}\n`);
      await Deno.writeTextFile(
        config,
        `[server]
listen_addr = "127.0.0.1:0"
jd_listen_addr = "127.0.0.1:0"
data_dir = "${folder}/data"
[zebra]
url = "${node.url}"
cookie_file = "${node.cookiePath}"
[payout]
pool_address = "${ADDRESS}"
[security]
noise_enabled = true
require_noise = true
noise_private_key_file = "${folder}/noise.key"
[database]
path = "${folder}/records.sqlite"
[metrics]
listen_addr = "127.0.0.1:0"
`,
      );
      const { code, out } = await runCommand(["flags", "--config", config]);
      assert.equal(code, 0);
      const args = [...out.trim().split(" "), "main.ts", "run", "--config", config];
      await runOnTerminal(args, async (log) => {
        assert.doesNotMatch(log, /in_memory/);
        await assertServes(log);
      });
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert(names.includes("records.sqlite"), names.join());
      assert([...Deno.readDirSync(`${folder}/data`)].some(({ name }) => name === "blocks.spool"));
    } finally {
      await node.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Sends SIGTERM, unless the process has ended by itself: then its code tells. */
function terminate(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
