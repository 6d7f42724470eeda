/**
 * The alert rules against what they speak of: Prometheus reads them, each of them fires when it
 * should, each has its page, and each series that they read is there from the start of a pool.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { findProgram, testWith } from "../support/requirements.ts";

const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const ROOT = new URL("../../", import.meta.url);
const RULES = await Deno.readTextFile(new URL("config/alerts.yml", ROOT));
const PAGE = await Deno.readTextFile(new URL("docs/alerts.md", ROOT));

/** Names that the rules give, in their order. */
const ALERTS = [...RULES.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = ""]) => name);

async function promtool(path: string, ...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(path, {
    args,
    cwd: ROOT,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stdout) + decoder.decode(stderr));
}

/** What a pool answers at /metrics before anything has happened. */
async function firstScrape(): Promise<string> {
  const node = await startDemoNode({ minerAddress: ADDRESS });
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-alerts-" });
  const pool = await PoolProcess.start(
    folder,
    `[server]
listen_addr = "127.0.0.1:0"
jd_listen_addr = "127.0.0.1:0"
[zebra]
url = "${node.url}"
[payout]
pool_address = "${ADDRESS}"
[metrics]
listen_addr = "127.0.0.1:0"
`,
  );
  try {
    const { metrics } = await pool.line("pool_started");
    return await (await fetch(`${metrics}/metrics`)).text();
  } finally {
    await pool.end("SIGTERM");
    await node.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Feeds a text to a command; throws with what it prints unless it succeeds. */
async function feed(path: string, args: string[], text: string): Promise<void> {
  const child = new Deno.Command(path, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([text]).stream().pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stdout) + decoder.decode(stderr));
}

Deno.test("each series of the rules is there from the start, and promtool likes all of them", async () => {
  const scrape = await firstScrape();
  const read = new Set(RULES.match(/\b(?:pool|jd|process)_[a-z0-9_]+(?:\{[a-z]+="[a-z_]+"\})?/g));
  for (const series of read) {
    assert(scrape.split("\n").some((line) => line.startsWith(`${series} `)), series);
  }
  const path = findProgram("promtool");
  if (path !== undefined) await feed(path, ["check", "metrics"], scrape);
});

Deno.test("each alert has its section in docs/alerts.md, and each section its alert", () => {
  const sections = [...PAGE.matchAll(/^## (\w+)$/gm)].map(([, name = ""]) => name);
  assert.deepEqual(sections, ALERTS);
  for (const alert of ALERTS) {
    assert(RULES.includes(`runbook: docs/alerts.md#${alert.toLowerCase()}`), alert);
  }
});

testWith("promtool", "Prometheus reads the rules and the scrape configuration", async (path) => {
  await promtool(path, "check", "rules", "config/alerts.yml");
  await promtool(path, "check", "config", "config/prometheus.yml");
});

testWith("promtool", "each alert fires when it should and not before", async (path) => {
  await promtool(
    path,
    "test",
    "rules",
    "tests/alerts/alerts_test.yml",
    "tests/alerts/week_test.yml",
  );
});
