/**
 * A fault of the program itself, which nothing catches: the pool ends in order and says so, and an
 * output that nobody reads does not keep it from ending.
 */
import assert from "node:assert/strict";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";

const ROOT = new URL("../../", import.meta.url);

/** The pool's own limits for ending add up to less, on a loaded machine too. */
const END_LIMIT_MS = 30_000;

/** `run` without files, and what else the program does meanwhile (a signal takes --allow-run). */
function runPool(nodeUrl: string, meanwhile: string) {
  const args = [
    "run",
    "--pool-address",
    "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v",
    "--zebra-url",
    nodeUrl,
    "--listen",
    "127.0.0.1:0",
    "--metrics-listen",
    "127.0.0.1:0",
    "--set",
    "server.jd_listen_addr=127.0.0.1:0",
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", "--allow-run", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const program = `import { main } from ${JSON.stringify(new URL("src/cli/mod.ts", ROOT).href)};
    const done = main(${JSON.stringify(args)});
    ${meanwhile}
    Deno.exit(await done);`;
  const written = new Blob([program]).stream().pipeTo(child.stdin);
  return { child, written };
}

Deno.test("an uncaught fault ends the pool in order, with its place and exit code 1", async () => {
  const node = await startDemoNode({ transactionIntervalMs: 0 });
  try {
    for (
      const meanwhile of [
        `setTimeout(() => { throw new Error("boom"); });`,
        `void Promise.reject(new Error("boom"));`,
      ]
    ) {
      const { child, written } = runPool(node.url, meanwhile);
      await written;
      const { code, stdout, stderr } = await child.output();
      const [log, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.equal(code, 1, told);
      assert.match(told ?? "", /a fault of this program: boom\n.*at /);
      assert.match(log ?? "", /"event":"pool_started"[^]*"event":"program_fault","message":"boom"/);
      assert.doesNotMatch(log ?? "", /shutdown_failed/);
    }
  } finally {
    await node.close();
  }
});

Deno.test("an output that nobody reads does not keep SIGTERM from ending the pool", async () => {
  const node = await startDemoNode({ transactionIntervalMs: 0 });
  try {
    // More than a pipe holds is waiting to be written when the signal comes, sent by itself.
    const meanwhile = `void Deno.stdout.write(new Uint8Array(1 << 20).fill(10));
      setTimeout(() => Deno.kill(Deno.pid, "SIGTERM"), 500);`;
    const { child, written } = runPool(node.url, meanwhile);
    await written;
    const limit = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
    const { code } = await child.status;
    clearTimeout(limit);
    assert.equal(code, 0);
    await child.stdout.cancel();
    await child.stderr.cancel();
  } finally {
    await node.close();
  }
});
