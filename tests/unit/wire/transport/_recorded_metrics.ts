import type { TransportMetrics } from "../../../../src/wire/transport/mod.ts";

/** Metrics that a test can read, by instrument and label. */
export interface RecordedMetrics extends TransportMetrics {
  readonly values: Record<string, number>;
}

/** Counts into plain numbers; a label stands behind a dot. */
export function recordedMetrics(): RecordedMetrics {
  const values: Record<string, number> = {};
  const add = (name: string, by = 1): void => {
    values[name] = (values[name] ?? 0) + by;
  };
  const counter = (name: string) => ({ increment: (by?: number) => add(name, by) });
  const counterBy = (name: string) => ({
    increment: (label: string, by?: number) => add(`${name}.${label}`, by),
  });
  return {
    values,
    connectionsActive: { set: (value) => values["active"] = value },
    connectionsTotal: counter("total"),
    connectionsNoiseTotal: counter("noise"),
    connectionsRefused: counterBy("refused"),
    connectionsClosed: counterBy("closed"),
    handshakeFailures: counterBy("handshake"),
    acceptFailures: counter("acceptFailures"),
    receivedBytes: counter("received"),
    sentBytes: counter("sent"),
  };
}
