/** Where a peer went wrong: before it had a conversation, in its bytes, in what they say, in its work. */
export type PeerFaultKind = "handshake" | "frame" | "message" | "share";

/** A peer as far as it is known. */
export interface Peer {
  /** The peer's IP address as the listener saw it. */
  readonly address: string;
  /** Canonical payout address or account name; missing where nobody has logged in. */
  readonly identity?: string;
  /** Its connection; missing while there is none. */
  readonly connection?: PeerConnection;
}

/** A connection as far as conduct has to do with it. */
export interface PeerConnection {
  /** Differs among all connections of the process. */
  readonly id: number;
  close(reason: string): void;
}

/** A fault of somebody on the other side of a connection. */
export interface PeerFault extends Peer {
  readonly kind: PeerFaultKind;
  /** Which fault, for example `payload-too-long`; one of a bounded set of the reporting room. */
  readonly code: string;
}

/** A limit of one peer that has refused it something, by the name of its setting or its own. */
export type PeerLimit =
  | "max_shares_per_second"
  | "connection_timeout_secs"
  | "idle_timeout_secs"
  | "channels";

/** The one place that hears of every fault of a peer, and that knows who is turned away for them. */
export interface Conduct {
  /** Takes a fault, and may close the connection for it; costs next to nothing and never throws. */
  fault(fault: PeerFault): void;
  /** A limit has refused a peer something, which is no fault. */
  limited(limit: PeerLimit, address: string): void;
  /** The peer did work that counts: a share of it was accepted. */
  credited(peer: Peer): void;
  /**
   * Whether a peer is turned away for its faults: everybody at the address, where no identity is
   * given, or this one there.
   */
  isBanned(address: string, identity?: string): boolean;
}
