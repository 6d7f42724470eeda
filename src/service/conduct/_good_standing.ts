/** Networks with work that counts; far more than have miners. */
const NETWORKS_MAX = 20_000;

/** Connections of a network that are remembered: one that is not the faulty one is enough. */
const CONNECTIONS_MAX = 4;

/** Which connections of a network had shares accepted lately; time is in monotonic milliseconds. */
export class GoodStanding {
  readonly #windowMs: number;
  /** By network, then the last accepted share of a connection by its id; those of late come last. */
  readonly #networks = new Map<string, Map<number, number>>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** A connection's share was accepted. */
  credit(network: string, connection: number, nowMs: number): void {
    const connections = this.#networks.get(network) ?? new Map<number, number>();
    this.#networks.delete(network);
    this.#networks.set(network, connections);
    connections.delete(connection);
    connections.set(connection, nowMs);
    for (const oldest of connections.keys()) {
      if (connections.size <= CONNECTIONS_MAX) break;
      connections.delete(oldest);
    }
    for (const oldest of this.#networks.keys()) {
      if (this.#networks.size <= NETWORKS_MAX) break;
      this.#networks.delete(oldest);
    }
  }

  /** Whether another connection of the network had a share accepted within the window. */
  hasOthers(network: string, connection: number | undefined, nowMs: number): boolean {
    for (const [other, at] of this.#networks.get(network) ?? []) {
      if (other !== connection && nowMs - at <= this.#windowMs) return true;
    }
    return false;
  }
}
