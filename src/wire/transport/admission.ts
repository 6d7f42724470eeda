import { clientNetwork } from "../../base/mod.ts";
import { DESCRIPTORS_RESERVED, type ListenerLimits } from "./limits.ts";
import type { RefusalReason } from "./metrics.ts";

/** A place among the connections. */
export interface Ticket {
  /** The handshake is over; may be called twice. */
  handshakeDone(): void;
  /** The connection is gone; may be called twice. */
  release(): void;
}

/** A ticket, or why there is none. */
export type AdmissionAnswer =
  | { readonly ticket: Ticket }
  | { readonly refused: RefusalReason };

/** Connections and handshakes of one address. */
interface Counts {
  connections: number;
  handshakes: number;
}

/** The bounds of a listener that are counted over all its connections. */
export type AdmissionLimits = Pick<
  ListenerLimits,
  "maxConnections" | "maxConnectionsPerIp" | "maxHandshakes" | "maxHandshakesPerIp"
>;

/** Counts connections and handshakes, in all and per address. */
export class Admission {
  readonly #limits: AdmissionLimits;
  /** Connections for which the system has descriptors, as far as that was learnt. */
  #room = Infinity;
  readonly #all: Counts = { connections: 0, handshakes: 0 };
  /** Has an entry only for addresses with a connection, so that `maxConnections` bounds it. */
  readonly #byAddress = new Map<string, Counts>();

  /** @param limits bounds of all the listeners that share it, together. */
  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Connections now, those in a handshake included. */
  get connections(): number {
    return this.#all.connections;
  }

  /** Handshakes under way. */
  get handshakes(): number {
    return this.#all.handshakes;
  }

  /** Addresses that have a connection. */
  get addresses(): number {
    return this.#byAddress.size;
  }

  /**
   * The system gave no descriptor for another connection: from here on fewer are taken than there
   * are now, so that a reserve is left for what else the process opens.
   *
   * @returns connections that are to be closed for that.
   */
  outOfDescriptors(): number {
    const { connections } = this.#all;
    const spared = Math.min(DESCRIPTORS_RESERVED, Math.floor(connections / 2));
    this.#room = Math.min(this.#room, connections - spared);
    return Math.max(0, connections - this.#room);
  }

  /** Takes a place for a new connection, which begins with its handshake. */
  admit(remoteAddress: string): AdmissionAnswer {
    const key = clientNetwork(remoteAddress);
    const own = this.#byAddress.get(key) ?? { connections: 0, handshakes: 0 };
    const refused = this.#refusal(own);
    if (refused !== undefined) return { refused };
    this.#byAddress.set(key, own);
    for (const counts of [this.#all, own]) {
      counts.connections++;
      counts.handshakes++;
    }
    return { ticket: this.#ticket(key, own) };
  }

  #refusal(own: Counts): RefusalReason | undefined {
    const limits = this.#limits;
    if (this.#all.connections >= limits.maxConnections) return "max_connections";
    if (this.#all.connections >= this.#room) return "descriptors";
    if (own.connections >= limits.maxConnectionsPerIp) return "max_connections_per_ip";
    if (this.#all.handshakes >= limits.maxHandshakes) return "max_handshakes";
    if (own.handshakes >= limits.maxHandshakesPerIp) return "max_handshakes_per_ip";
    return undefined;
  }

  #ticket(key: string, own: Counts): Ticket {
    let inHandshake = true;
    let held = true;
    const handshakeDone = (): void => {
      if (!inHandshake) return;
      inHandshake = false;
      this.#all.handshakes--;
      own.handshakes--;
    };
    const release = (): void => {
      handshakeDone();
      if (!held) return;
      held = false;
      this.#all.connections--;
      own.connections--;
      if (own.connections === 0) this.#byAddress.delete(key);
    };
    return { handshakeDone, release };
  }
}
