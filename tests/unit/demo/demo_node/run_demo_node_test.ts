import assert from "node:assert/strict";
import { runDemoNode } from "../../../../src/demo/demo_node/mod.ts";

const SCRIPT = new URL("./_run_demo_node.ts", import.meta.url).pathname;

/** Starts the node with no other permission than the network on loopback. */
function start(args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1", SCRIPT, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** The first line that a process prints. */
async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The process ended after ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  // What is left is drained, so that the process never waits for a reader.
  reader.read().then(() => reader.cancel());
  return text.slice(0, text.indexOf("\n"));
}

async function countBlocks(url: string): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getblockcount", params: [] });
  const response = await fetch(url, { method: "POST", body });
  return (await response.json()).result;
}

Deno.test("as a process it says where it is, serves, and ends with its input", async () => {
  const child = start(["--seed", "1", "--stop-with-stdin"]);
  const ready = JSON.parse(await firstLine(child));
  assert.equal(ready.event, "demo_node_ready");
  assert.equal(ready.cookie_file, null);
  assert.equal(ready.control_url, null);
  assert.equal(await countBlocks(ready.url), 0);
  await child.stdin.close();
  assert.equal((await child.status).code, 0);
});

Deno.test("as a process it ends on SIGTERM", async () => {
  const child = start(["--control-port", "0"]);
  const ready = JSON.parse(await firstLine(child));
  assert.match(ready.control_url, /^http:\/\/127\.0\.0\.1:[0-9]+$/);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await child.stdin.close().catch(() => {});
});

Deno.test("arguments that it cannot use are refused", async () => {
  for (
    const args of [
      ["--nosuch"],
      ["positional"],
      ["--port", "x"],
      ["--port", "-1"],
      ["--pow-limit", "12"],
      ["--spacing", "0"],
      ["--miner-address", "x"],
    ]
  ) await assert.rejects(() => runDemoNode(args), Error, args.join(" "));
});
