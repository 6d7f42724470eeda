import { cpuUsage } from "node:process";
import type { Clock } from "../../base/mod.ts";
import type { MetricsRegistry } from "./metrics_registry.ts";

/** How often the event loop is asked how late it is. */
const PROBE_MS = 250;

/**
 * What is known of the process without any permission: memory, processor time, start, and how late
 * the event loop was at worst since somebody looked last.
 *
 * The default set of prom-client is not used: it reads /proc, which prompts, and names gauges
 * `_total`, which promtool refuses. Open files are added where reading them was permitted anyway.
 *
 * @returns stops measuring.
 */
export function addRuntimeMetrics(registry: MetricsRegistry, clock: Clock): () => void {
  const startSeconds = clock.now() / 1_000;
  registry.gaugeOf(
    "process_start_time_seconds",
    "Unix time at which the service started.",
    () => startSeconds,
  );
  registry.gaugeOf(
    "process_resident_memory_bytes",
    "Memory that the process holds.",
    () => Deno.memoryUsage().rss,
  );
  registry.gaugeOf(
    "pool_heap_used_bytes",
    "Memory in use in the main isolate's heap.",
    () => Deno.memoryUsage().heapUsed,
  );
  registry.counterOf(
    "process_cpu_seconds_total",
    "Processor time that the process has used.",
    () => (cpuUsage().user + cpuUsage().system) / 1_000_000,
  );
  addOpenFiles(registry);
  return addLoopDelay(registry, clock);
}

function addOpenFiles(registry: MetricsRegistry): void {
  const path = "/proc/self/fd";
  if (Deno.build.os !== "linux") return;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return;
  // The runtime guards /proc by more than the permission that it reports; trying cannot prompt
  // when everything is granted, and only then does the first look succeed.
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return;
  registry.gaugeOf(
    "process_open_fds",
    "Open files and sockets.",
    () => Array.from(Deno.readDirSync(path)).length,
  );
}

function addLoopDelay(registry: MetricsRegistry, clock: Clock): () => void {
  let worstMs = 0;
  let dueMs = 0;
  let cancel = (): void => {};
  const arm = (): void => {
    dueMs = clock.monotonic() + PROBE_MS;
    cancel = clock.after(PROBE_MS, () => {
      worstMs = Math.max(worstMs, clock.monotonic() - dueMs);
      arm();
    });
  };
  arm();
  registry.gaugeOf(
    "pool_event_loop_delay_max_seconds",
    "The longest that the event loop was held up since the last scrape.",
    () => {
      // A hold-up that is still going on, or that has kept the probe waiting, counts as well.
      const delayMs = Math.max(worstMs, clock.monotonic() - dueMs, 0);
      worstMs = 0;
      return delayMs / 1_000;
    },
  );
  return () => cancel();
}
