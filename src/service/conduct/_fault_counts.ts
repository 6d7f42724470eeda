import type { BanKey } from "./ban.ts";
import { FaultWindow } from "./fault_window.ts";

/** Networks whose faults are counted; who was silent for longest is forgotten. */
const NETWORKS_MAX = 10_000;

/** Names of one network that are counted, so that inventing names pushes nobody else out. */
const IDENTITIES_MAX = 32;

/** The faults of each network and of each identity there. */
export class FaultCounts {
  readonly #windowMs: number;
  /** Those that faulted last come last. */
  readonly #networks = new Map<string, Map<string, FaultWindow>>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Counts one more and says how many there are. */
  add({ network, identity }: BanKey, nowMs: number): number {
    const identities = this.#networks.get(network) ?? new Map<string, FaultWindow>();
    this.#networks.delete(network);
    this.#networks.set(network, identities);
    forgetOldest(this.#networks, NETWORKS_MAX);
    const window = identities.get(identity) ?? new FaultWindow(this.#windowMs);
    identities.delete(identity);
    identities.set(identity, window);
    forgetOldest(identities, IDENTITIES_MAX);
    return window.add(nowMs);
  }

  /** What was counted has had its consequence. */
  forget({ network, identity }: BanKey): void {
    this.#networks.get(network)?.delete(identity);
  }
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}
