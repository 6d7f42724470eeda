import type { Conduct, CounterBy, PeerFault, PeerFaultKind, PeerLimit } from "../../base/mod.ts";
import type { RefusalNotice } from "./refusal_notice.ts";

/** The values of the label `kind`. */
export const PEER_FAULT_KINDS: readonly PeerFaultKind[] = [
  "handshake",
  "frame",
  "message",
  "share",
];

/** The values of the label `limit`. */
export const PEER_LIMITS: readonly PeerLimit[] = [
  "max_shares_per_second",
  "connection_timeout_secs",
  "idle_timeout_secs",
  "channels",
];

/** What is measured of conduct. */
export interface ConductMetrics {
  readonly peerFaults: CounterBy<PeerFaultKind>;
  readonly limitsReached: CounterBy<PeerLimit>;
}

/** Hears of every fault of a peer, and counts it. */
export class CountedConduct implements Conduct {
  readonly #metrics: ConductMetrics;
  readonly #notice: RefusalNotice;

  constructor(metrics: ConductMetrics, notice: RefusalNotice) {
    this.#metrics = metrics;
    this.#notice = notice;
  }

  fault({ kind }: PeerFault): void {
    this.#metrics.peerFaults.increment(kind);
  }

  limited(limit: PeerLimit, address: string): void {
    this.#metrics.limitsReached.increment(limit);
    this.#notice.refused(limit, address);
  }

  credited(): void {}

  isBanned(): boolean {
    return false;
  }
}
