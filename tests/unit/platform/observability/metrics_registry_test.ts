import assert from "node:assert/strict";
import { AssertionError } from "../../../../src/base/mod.ts";
import { MetricsRegistry } from "../../../../src/platform/observability/mod.ts";

Deno.test("metrics registry: each instrument shows what was put into it", async () => {
  const registry = new MetricsRegistry();
  const counter = registry.counter("pool_frames_total", "Frames.");
  counter.increment();
  counter.increment(4);
  registry.gauge("pool_queue_length", "Waiting.").set(7);
  registry.gaugeOf("pool_age_seconds", "Age.", () => 1.5);
  registry.counterOf("pool_lines_total", "Lines.", () => 12);
  const by = registry.counterBy("pool_errors_total", "Errors.", "kind", ["a", "b"] as const);
  by.increment("b", 2);
  registry.gaugesOf("pool_ages_seconds", "Ages.", "kind", ["a", "b"] as const, (kind) => {
    if (kind === "a") throw new Error("not now");
    return 3;
  });
  const histogram = registry.histogram("pool_wait_seconds", "Waits.", [0.1, 1]);
  histogram.observe(0.05);
  histogram.observe(5);
  const lines = (await registry.text()).split("\n");
  for (
    const line of [
      "# HELP pool_frames_total Frames.",
      "# TYPE pool_frames_total counter",
      "pool_frames_total 5",
      "# TYPE pool_queue_length gauge",
      "pool_queue_length 7",
      "pool_age_seconds 1.5",
      "pool_lines_total 12",
      'pool_errors_total{kind="a"} 0',
      'pool_errors_total{kind="b"} 2',
      'pool_ages_seconds{kind="b"} 3',
      'pool_wait_seconds_bucket{le="0.1"} 1',
      'pool_wait_seconds_bucket{le="+Inf"} 2',
      "pool_wait_seconds_sum 5.05",
      "pool_wait_seconds_count 2",
    ]
  ) assert(lines.includes(line), line);
});

Deno.test("metrics registry: a source that throws keeps its last value and hides no other", async () => {
  const registry = new MetricsRegistry();
  let fails = false;
  registry.gaugeOf("pool_fragile_ratio", "Fragile.", () => {
    if (fails) throw new Error("not now");
    return 0.5;
  });
  registry.gaugeOf("pool_solid_ratio", "Solid.", () => 1);
  await registry.text();
  fails = true;
  const text = await registry.text();
  assert.match(text, /^pool_fragile_ratio 0\.5$/m);
  assert.match(text, /^pool_solid_ratio 1$/m);
});

Deno.test("metrics registry: names that promtool would refuse are refused", () => {
  const registry = new MetricsRegistry();
  const fresh: [string, () => unknown][] = [
    ["counter without _total", () => registry.counter("pool_frames", "x")],
    ["gauge with _total", () => registry.gauge("pool_frames_total", "x")],
    ["histogram without unit", () => registry.histogram("pool_wait", "x", [1])],
    ["foreign prefix", () => registry.gauge("zebra_height", "x")],
    ["capital letters", () => registry.gauge("pool_Height", "x")],
  ];
  for (const [row, make] of fresh) assert.throws(make, AssertionError, row);
});

Deno.test("metrics registry: a name is given once", () => {
  const registry = new MetricsRegistry();
  registry.gauge("pool_height", "x");
  assert.throws(() => registry.gauge("pool_height", "x"), /already/);
});

Deno.test("metrics registry: an instrument with endless label values is refused", () => {
  const values = Array.from({ length: 51 }, (_, n) => `v${n}`);
  const registry = new MetricsRegistry();
  assert.throws(() => registry.counterBy("pool_by_total", "x", "l", values), AssertionError);
});
