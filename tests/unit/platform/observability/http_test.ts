import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/mod.ts";
import {
  createMetrics,
  startHttp,
  type StatusModules,
} from "../../../../src/platform/observability/mod.ts";

async function withServer(
  changes: Partial<StatusModules>,
  body: (base: string) => Promise<void>,
): Promise<void> {
  const server = startHttp({ hostname: "127.0.0.1", port: 0 }, {
    metrics: createMetrics().registry,
    health: () => ({ healthy: true, reasons: [] }),
    status: () => ({}),
    logger: silentLogger,
    ...changes,
  });
  try {
    await body(`http://127.0.0.1:${server.port}`);
  } finally {
    await server.close();
  }
}

Deno.test("http: metrics are served in Prometheus' text format", () =>
  withServer({}, async (base) => {
    const response = await fetch(`${base}/metrics`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await response.text(), /^pool_blocks_found_total 0$/m);
  }));

Deno.test("http: health is 200 when healthy and 503 with the reasons when not", async () => {
  await withServer({}, async (base) => {
    const response = await fetch(`${base}/health`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: "ok", reasons: [] });
  });
  const health = () => ({ healthy: false, reasons: ["no node is usable"] });
  await withServer({ health }, async (base) => {
    const response = await fetch(`${base}/health?verbose`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { status: "failing", reasons: ["no node is usable"] });
  });
});

Deno.test("http: the status snapshot is JSON whose amounts are text", () => {
  const status = () => ({
    credit_zat: 2n ** 60n,
    miners: [{ name: "a", shares: 1 }],
    none: undefined,
  });
  return withServer({ status }, async (base) => {
    const response = await fetch(`${base}/status`);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), {
      credit_zat: "1152921504606846976",
      miners: [{ name: "a", shares: 1 }],
    });
  });
});

Deno.test("http: an unknown path is 404", () =>
  withServer({}, async (base) => {
    for (const path of ["/", "/metrics/", "/../status", "/admin"]) {
      const response = await fetch(`${base}${path}`);
      assert.equal(response.status, path === "/../status" ? 200 : 404, path);
      await response.body?.cancel();
    }
  }));
