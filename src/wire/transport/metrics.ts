import { type Counter, type CounterBy, type Gauge, noMetrics } from "../../base/mod.ts";

/** Why a client was turned away. */
export type RefusalReason =
  | "max_connections"
  | "max_connections_per_ip"
  | "max_handshakes"
  | "max_handshakes_per_ip"
  /** The system has no descriptors left for it but those that are reserved. */
  | "descriptors"
  /** A plain client where Noise is required. */
  | "plain"
  /** The modules' `admits` said no. */
  | "not_admitted";

/** Why a handshake came to nothing. */
export type HandshakeFailure =
  | "timeout"
  /** The client hung up. */
  | "closed"
  | "socket_error"
  /** What came is text: Stratum V1 or HTTP on the wrong port. */
  | "text"
  /** A balancer's PROXY header cannot be read. */
  | "proxy_header";

/** Why an established connection ended. */
export type CloseCause =
  /** The peer hung up. */
  | "peer"
  /** The connection's user closed it. */
  | "local"
  | "idle"
  | "slow_reader"
  /** The stream was broken: it did not open, or a frame was too long. */
  | "protocol_error"
  | "socket_error";

/** What the listener reports of a client that came to nothing, besides its bounds. */
export type HandshakeFaultCode =
  | Exclude<HandshakeFailure, "socket_error" | "proxy_header">
  | "plain";

/** What this room measures. */
export interface TransportMetrics {
  /** Established connections. */
  readonly connectionsActive: Gauge;
  /** Connections that were established, and of these the encrypted ones. */
  readonly connectionsTotal: Counter;
  readonly connectionsNoiseTotal: Counter;
  readonly connectionsRefused: CounterBy<RefusalReason>;
  readonly connectionsClosed: CounterBy<CloseCause>;
  readonly handshakeFailures: CounterBy<HandshakeFailure>;
  /** Times that the system gave no connection, for example for want of file handles. */
  readonly acceptFailures: Counter;
  readonly receivedBytes: Counter;
  readonly sentBytes: Counter;
}

/** Measures nothing. */
export const NO_TRANSPORT_METRICS: TransportMetrics = noMetrics(
  "connectionsActive",
  "connectionsTotal",
  "connectionsNoiseTotal",
  "connectionsRefused",
  "connectionsClosed",
  "handshakeFailures",
  "acceptFailures",
  "receivedBytes",
  "sentBytes",
);
