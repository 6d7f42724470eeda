import assert from "node:assert/strict";

Deno.test("observability: with network permission alone everything starts, serves and asks for nothing", async () => {
  const room = new URL("../../../../src/platform/observability/mod.ts", import.meta.url).href;
  const base = new URL("../../../../src/base/mod.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net=127.0.0.1", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const program = `
    import { addRuntimeMetrics, createMetrics, startHttp } from ${JSON.stringify(room)};
    import { silentLogger as logger, systemClock } from ${JSON.stringify(base)};
    const metrics = createMetrics();
    const stop = addRuntimeMetrics(metrics.registry, systemClock);
    const server = await startHttp({ hostname: "127.0.0.1", port: 0 }, {
      metrics: metrics.registry, logger,
      health: () => ({ healthy: true, reasons: [] }), status: () => ({}),
    });
    const response = await fetch("http://127.0.0.1:" + server.port + "/metrics");
    console.log(await response.text());
    await server.close();
    stop();`;
  await new Blob([program]).stream().pipeTo(child.stdin);
  const { stdout, stderr, success } = await child.output();
  assert.equal(success, true, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stderr), "");
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.match(text, /^pool_shares_accepted_total 0$/m);
});
