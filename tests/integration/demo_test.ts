/** README's first command, as a user starts it. */
import assert from "node:assert/strict";
import { outputFaults } from "../support/json_output.ts";

const ROOT = new URL("../../", import.meta.url);

interface DemoEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Starts the demo's task; hands each JSON line to `seen` until that says enough. */
async function runDemo(
  args: readonly string[],
  seen: (event: DemoEvent) => boolean,
): Promise<{ readonly code: number; readonly events: DemoEvent[] }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "demo", "--json", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const events: DemoEvent[] = [];
  let asked = false;
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((each) => each.startsWith("{"))) {
      assert.deepEqual(outputFaults(["demo", "--json"], line), []);
      const event: DemoEvent = JSON.parse(line);
      events.push(event);
      if (asked || !seen(event)) continue;
      asked = true;
      child.kill("SIGINT");
    }
  }
  return { code: (await child.status).code, events };
}

Deno.test("the demo shows a share and a block, and Ctrl-C ends it with a summary", async () => {
  const kinds = new Set<string>();
  let metrics = "";
  const { code, events } = await runDemo(["--for", "90s", "--seed", "a test"], (event) => {
    kinds.add(event.event);
    return kinds.has("share_accepted") && kinds.has("block_accepted");
  });
  assert.equal(code, 0);
  const [ready] = events;
  assert.equal(ready?.event, "ready");
  assert.match(String(ready?.["pool"]), /^stratum2\+tcp:\/\/127\.0\.0\.1:[0-9]+\/9[1-9A-Za-z]+$/);
  metrics = String(ready?.["metrics"]);
  assert.match(metrics, /^http:\/\/127\.0\.0\.1:[0-9]+\/metrics$/);
  const block = events.find(({ event }) => event === "block_accepted");
  assert.equal(block?.["height"], 1);
  assert.match(String(block?.["hash"]), /^[0-9a-f]{64}$/);
  const summary = events.at(-1);
  assert.equal(summary?.event, "summary");
  assert.ok(Number(summary?.["shares_accepted"]) >= 1);
  assert.ok(Number(summary?.["blocks_accepted"]) >= 1);
  assert.match(String(summary?.["credited_zat"]), /^[1-9][0-9]*$/);
  assert.deepEqual(summary?.["shares_rejected"], {
    stale: 0,
    duplicate: 0,
    invalid: 0,
    low_diff: 0,
  });
  assert.ok(Number(summary?.["seconds_to_first_share"]) > 0);
  // Node and pool are gone with it.
  for (const url of [String(ready?.["node"]), metrics]) {
    await assert.rejects(fetch(url).then((answer) => answer.body?.cancel()));
  }
});

Deno.test("the demo without Noise has no key in its address and ends by itself", async () => {
  const { code, events } = await runDemo(["--plain", "--for", "3s"], () => false);
  assert.equal(code, 0);
  assert.match(String(events[0]?.["pool"]), /^stratum2\+tcp:\/\/127\.0\.0\.1:[0-9]+$/);
  assert.equal(events.at(-1)?.event, "summary");
});

Deno.test("a port of the demo's metrics that is taken is told by the option's name", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "demo", "--metrics-port", String(taken.addr.port)],
    cwd: ROOT,
    stdin: "null",
  }).output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stderr),
    new RegExp(
      `^zcash-pool: Cannot serve metrics on 127.0.0.1:${taken.addr.port}, --metrics-port: `,
      "m",
    ),
  );
});
