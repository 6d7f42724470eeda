import {
  type Counter,
  type CounterBy,
  type Gauge,
  type Histogram,
  REJECT_REASONS,
  type RejectReason,
} from "../../base/mod.ts";
import { MetricsRegistry } from "./metrics_registry.ts";

/**
 * Bounds for the time that a share's check takes, from arrival to verdict: about 100 µs of work,
 * and much more when the verifier's queue is long.
 */
const VALIDATION_BUCKETS = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  1,
] as const;

/** Values that are looked at when somebody asks; each may be handed in later than the others. */
export interface MetricSources {
  /** Solutions a second, by the work of accepted shares. */
  readonly hashRate?: () => number;
  /** Seconds since the node last confirmed that the present template is current. */
  readonly templateAgeSeconds?: () => number;
  /** True while at least one node is usable. */
  readonly zebraConnected?: () => boolean;
  /** Connections that are open now. */
  readonly connectionsActive?: () => number;
}

/** The instruments that operators' dashboards and alerts know by name, and the way to more. */
export interface PoolMetrics {
  readonly registry: MetricsRegistry;
  /** Use this or the source of the same name. */
  readonly connectionsActive: Gauge;
  readonly connections: Counter;
  readonly noiseConnections: Counter;
  readonly sharesAccepted: Counter;
  readonly sharesRejected: CounterBy<RejectReason>;
  readonly blocksFound: Counter;
  readonly blocksExpected: Counter;
  readonly shareValidationSeconds: Histogram;
  /** Hands in sources; those not named stay as they are. */
  watch(sources: MetricSources): void;
}

/** Makes the documented instruments; every series is there at 0 from the start. */
export function createMetrics(): PoolMetrics {
  const registry = new MetricsRegistry();
  let sources: MetricSources = {};
  const connectionsActive = activeConnections(registry, () => sources.connectionsActive?.());
  registry.gaugeOf(
    "pool_hashrate_estimated",
    "Solutions a second of all miners, estimated from the work of accepted shares.",
    () => sources.hashRate?.() ?? 0,
  );
  registry.gaugeOf(
    "pool_template_age_seconds",
    "Seconds since a node last confirmed that the template in use is current.",
    () => sources.templateAgeSeconds?.() ?? 0,
  );
  registry.gaugeOf(
    "pool_zebra_connected",
    "1 while at least one Zebra node is usable, else 0.",
    () => sources.zebraConnected?.() ? 1 : 0,
  );
  return {
    registry,
    connectionsActive,
    connections: registry.counter("pool_connections_total", "Connections of miners accepted."),
    noiseConnections: registry.counter(
      "pool_connections_noise_total",
      "Connections of miners that completed a Noise handshake.",
    ),
    sharesAccepted: registry.counter("pool_shares_accepted_total", "Shares accepted."),
    sharesRejected: registry.counterBy(
      "pool_shares_rejected_total",
      "Shares refused, by reason.",
      "reason",
      REJECT_REASONS,
    ),
    blocksFound: registry.counter(
      "pool_blocks_found_total",
      "Shares that met the network target, each once.",
    ),
    blocksExpected: registry.counter(
      "pool_blocks_expected_total",
      "Blocks that the accepted shares should have brought: the chances of all in sum.",
    ),
    shareValidationSeconds: registry.histogram(
      "pool_share_validation_duration_seconds",
      "Time from the arrival of a share to its verdict.",
      VALIDATION_BUCKETS,
    ),
    watch(more) {
      sources = { ...sources, ...more };
    },
  };
}

/** The number is set by the part that knows it, or asked for when a source was handed in. */
function activeConnections(registry: MetricsRegistry, source: () => number | undefined): Gauge {
  let last = 0;
  registry.gaugeOf(
    "pool_connections_active",
    "Connections of miners that are open.",
    () => source() ?? last,
  );
  return { set: (value) => last = value };
}
