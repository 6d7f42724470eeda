import assert from "node:assert/strict";
import { addRuntimeMetrics, MetricsRegistry } from "../../../../src/platform/observability/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const valueOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);

Deno.test("runtime metrics: say what the process uses and when it started", async () => {
  const registry = new MetricsRegistry();
  const stop = addRuntimeMetrics(registry, new FakeClock(1_795_400_000_000));
  const text = await registry.text();
  assert.equal(valueOf(text, "process_start_time_seconds"), 1_795_400_000);
  assert(valueOf(text, "process_resident_memory_bytes") > 10_000_000);
  assert(valueOf(text, "pool_heap_used_bytes") > 1_000_000);
  assert(valueOf(text, "process_cpu_seconds_total") > 0);
  stop();
});

Deno.test("runtime metrics: show the longest hold-up since the last look, and leave no timer", async () => {
  const clock = new FakeClock();
  let late = 0;
  const registry = new MetricsRegistry();
  const stop = addRuntimeMetrics(registry, {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + late,
    after: (delayMs, callback) => clock.after(delayMs, callback),
  });
  const delay = async () => valueOf(await registry.text(), "pool_event_loop_delay_max_seconds");
  await clock.advance(1_000);
  assert.equal(await delay(), 0);
  late = 120;
  await clock.advance(250);
  await clock.advance(1_000);
  assert.equal(await delay(), 0.12);
  assert.equal(await delay(), 0);
  stop();
  assert.equal(clock.pending, 0);
});
