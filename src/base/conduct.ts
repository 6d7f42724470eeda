/** Where a peer went wrong: before it had a conversation, in its bytes, in what they say, in its work. */
export type PeerFaultKind = "handshake" | "frame" | "message" | "share";

/** A fault of somebody on the other side of a connection. */
export interface PeerFault {
  readonly kind: PeerFaultKind;
  /** The peer's IP address as the listener saw it. */
  readonly address: string;
  /** Canonical payout address or account name; missing where nobody has logged in. */
  readonly identity?: string;
  /** Which fault, for example `payload-too-long`; one of a bounded set of the reporting room. */
  readonly code: string;
}

/** The one place that hears of every fault of a peer. */
export interface Conduct {
  /** Takes a fault; costs next to nothing and never throws. */
  fault(fault: PeerFault): void;
}
