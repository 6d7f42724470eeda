import { clientNetwork } from "../../base/mod.ts";
import { DESCRIPTORS_RESERVED, type ListenerLimits } from "./limits.ts";
import type { RefusalReason } from "./metrics.ts";

/** A place among the connections. */
export interface Ticket {
  /**
   * The address is known now, of a connection that was admitted without one; called once.
   *
   * @returns why the address gets no further one; then the ticket is to be released.
   */
  assign(address: string): RefusalReason | undefined;
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

/** What single addresses may have, where it is not what all may: undefined for the others. */
export type OwnLimit = (address: string) => number | undefined;

/** Counts connections and handshakes, in all and per address. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #ownLimit: OwnLimit;
  /** Connections for which the system has descriptors, as far as that was learnt. */
  #room = Infinity;
  readonly #all: Counts = { connections: 0, handshakes: 0 };
  /** Has an entry only for addresses with a connection, so that `maxConnections` bounds it. */
  readonly #byAddress = new Map<string, Counts>();

  /**
   * @param limits bounds of all the listeners that share it, together.
   * @param ownLimit connections, and handshakes, of an address that has a bound of its own.
   */
  constructor(limits: AdmissionLimits, ownLimit: OwnLimit = () => undefined) {
    this.#limits = limits;
    this.#ownLimit = ownLimit;
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

  /**
   * Takes a place for a new connection, which begins with its handshake.
   *
   * @param address undefined where it is not known yet, or not at all, as behind a balancer: then
   *   the connection counts among all and for no address.
   */
  admit(address: string | undefined): AdmissionAnswer {
    const refused = this.#refusal();
    if (refused !== undefined) return { refused };
    const own = address === undefined ? undefined : this.#own(address);
    if (typeof own === "string") return { refused: own };
    this.#all.connections++;
    this.#all.handshakes++;
    const place = new Place(this.#all, this.#byAddress);
    if (own !== undefined) place.count(own);
    return {
      ticket: {
        assign: (address) => {
          const own = this.#own(address);
          if (typeof own === "string") return own;
          place.count(own);
          return undefined;
        },
        handshakeDone: () => place.handshakeDone(),
        release: () => place.release(),
      },
    };
  }

  #refusal(): RefusalReason | undefined {
    const limits = this.#limits;
    if (this.#all.connections >= limits.maxConnections) return "max_connections";
    if (this.#all.connections >= this.#room) return "descriptors";
    if (this.#all.handshakes >= limits.maxHandshakes) return "max_handshakes";
    return undefined;
  }

  /** The counts of an address, or why it gets no further connection. */
  #own(address: string): OwnCounts | RefusalReason {
    const key = clientNetwork(address);
    const counts = this.#byAddress.get(key) ?? { connections: 0, handshakes: 0 };
    const limit = this.#ownLimit(address);
    const { maxConnectionsPerIp, maxHandshakesPerIp } = this.#limits;
    if (counts.connections >= (limit ?? maxConnectionsPerIp)) return "max_connections_per_ip";
    if (counts.handshakes >= (limit ?? maxHandshakesPerIp)) return "max_handshakes_per_ip";
    return { key, counts };
  }
}

/** The counts of one address and where they are kept. */
interface OwnCounts {
  readonly key: string;
  readonly counts: Counts;
}

/** One connection among the counts. */
class Place {
  readonly #all: Counts;
  readonly #byAddress: Map<string, Counts>;
  #own: OwnCounts | undefined;
  #inHandshake = true;
  #held = true;

  constructor(all: Counts, byAddress: Map<string, Counts>) {
    this.#all = all;
    this.#byAddress = byAddress;
  }

  /** Counts it for an address too. */
  count(own: OwnCounts): void {
    this.#own = own;
    this.#byAddress.set(own.key, own.counts);
    own.counts.connections++;
    own.counts.handshakes++;
  }

  handshakeDone(): void {
    if (!this.#inHandshake) return;
    this.#inHandshake = false;
    this.#all.handshakes--;
    if (this.#own !== undefined) this.#own.counts.handshakes--;
  }

  release(): void {
    this.handshakeDone();
    if (!this.#held) return;
    this.#held = false;
    this.#all.connections--;
    if (this.#own === undefined) return;
    const { key, counts } = this.#own;
    if (--counts.connections === 0) this.#byAddress.delete(key);
  }
}
