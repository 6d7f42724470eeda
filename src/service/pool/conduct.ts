import type { Conduct, CounterBy, PeerFault, PeerFaultKind } from "../../base/mod.ts";

/** The values of the label `kind`. */
export const PEER_FAULT_KINDS: readonly PeerFaultKind[] = [
  "handshake",
  "frame",
  "message",
  "share",
];

/** Hears of every fault of a peer, and counts it. */
export class CountedConduct implements Conduct {
  readonly #faults: CounterBy<PeerFaultKind>;

  constructor(faults: CounterBy<PeerFaultKind>) {
    this.#faults = faults;
  }

  fault({ kind }: PeerFault): void {
    this.#faults.increment(kind);
  }
}
