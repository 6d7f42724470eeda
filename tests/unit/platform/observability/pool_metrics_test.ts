import assert from "node:assert/strict";
import { createMetrics } from "../../../../src/platform/observability/mod.ts";

/** Every documented series that exists by now, and its kind. */
const DOCUMENTED: readonly [string, string][] = [
  ["pool_connections_active", "gauge"],
  ["pool_connections_total", "counter"],
  ["pool_connections_noise_total", "counter"],
  ["pool_shares_accepted_total", "counter"],
  ['pool_shares_rejected_total{reason="stale"}', "counter"],
  ['pool_shares_rejected_total{reason="duplicate"}', "counter"],
  ['pool_shares_rejected_total{reason="invalid"}', "counter"],
  ['pool_shares_rejected_total{reason="low_diff"}', "counter"],
  ["pool_blocks_found_total", "counter"],
  ["pool_blocks_expected_total", "counter"],
  ["pool_hashrate_estimated", "gauge"],
  ["pool_template_age_seconds", "gauge"],
  ["pool_zebra_connected", "gauge"],
  ["pool_share_validation_duration_seconds_count", "histogram"],
];

Deno.test("pool metrics: every documented series is there at 0 from the start", async () => {
  const text = await createMetrics().registry.text();
  for (const [series, kind] of DOCUMENTED) {
    assert(text.split("\n").includes(`${series} 0`), `${series} 0`);
    const name = series.replace(/\{.*/, "").replace(/_count$/, "");
    assert(text.includes(`# TYPE ${name} ${kind}\n`), `${name} is a ${kind}`);
  }
});

Deno.test("pool metrics: show what was counted and what the sources say", async () => {
  const metrics = createMetrics();
  metrics.connections.increment();
  metrics.noiseConnections.increment();
  metrics.connectionsActive.set(3);
  metrics.sharesAccepted.increment(10);
  metrics.sharesRejected.increment("stale");
  metrics.blocksFound.increment();
  metrics.shareValidationSeconds.observe(0.0002);
  metrics.watch({ hashRate: () => 2.5 });
  metrics.watch({ templateAgeSeconds: () => 1.25, zebraConnected: () => true });
  const lines = (await metrics.registry.text()).split("\n");
  for (
    const line of [
      "pool_connections_total 1",
      "pool_connections_noise_total 1",
      "pool_connections_active 3",
      "pool_shares_accepted_total 10",
      'pool_shares_rejected_total{reason="stale"} 1',
      'pool_shares_rejected_total{reason="low_diff"} 0',
      "pool_blocks_found_total 1",
      'pool_share_validation_duration_seconds_bucket{le="0.0001"} 0',
      'pool_share_validation_duration_seconds_bucket{le="0.00025"} 1',
      "pool_hashrate_estimated 2.5",
      "pool_template_age_seconds 1.25",
      "pool_zebra_connected 1",
    ]
  ) assert(lines.includes(line), line);
  metrics.watch({ connectionsActive: () => 8, zebraConnected: () => false });
  const later = await metrics.registry.text();
  assert.match(later, /^pool_connections_active 8$/m);
  assert.match(later, /^pool_zebra_connected 0$/m);
});
