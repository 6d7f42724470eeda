/**
 * What a conversation and its channels say to each other, without an encoding: SV2 makes frames of
 * it, Stratum V1 lines.
 *
 * @module
 */
import type { MiningChannel } from "./channel.ts";
import type { ChannelJob } from "./channel_job.ts";
import type { ChannelWish, WishRefusal } from "./channel_wish.ts";
import type { IdentityErrorCode, MinerIdentity } from "./miner_identity.ts";

/** A miner asks for a channel. */
export interface OpenRequest extends ChannelWish {
  /** `address[.worker]` or `account[.worker]`, as it was sent. */
  readonly userIdentity: string;
  /** Bytes of the header nonce that the miner needs for itself; 0 where it does not say. */
  readonly freeNonceBytes: number;
  /**
   * The miner wants the target that it asked for to stay: vardiff makes it harder only in a burst of
   * shares, and never easier.
   */
  readonly isSteady?: boolean;
}

/** Why the pool takes no paid work from anybody at the moment. */
export type ServiceRefusal = "liability-cap";

/** Why no channel was opened. */
export type OpenRefusal =
  | IdentityErrorCode
  | WishRefusal
  | ServiceRefusal
  | "nonce-prefix-too-long"
  | "no-capacity"
  /** The miner is turned away for its faults. */
  | "banned";

/** Why no channel was opened, or no further worker let in, whatever the protocol. */
export type LoginRefusal = OpenRefusal | "extension-not-negotiated";

/** A login that came to nothing. */
export interface RefusedLogin {
  /** As it was sent; nobody has checked it. */
  readonly userIdentity: string;
  /** The miner's IP address. */
  readonly address: string;
  readonly refusal: LoginRefusal;
  /** The reason in words, for the operator. */
  readonly why: string;
}

/** Hears of logins; costs next to nothing and never throws. */
export interface LoginWatch {
  /**
   * Somebody was let in.
   *
   * @param address the miner's IP address.
   * @returns what the miner's user should know, where the protocol has a way to say it.
   */
  accepted(miner: MinerIdentity, address: string): string | undefined;
  refused(login: RefusedLogin): void;
}

/** What became of a request for a channel. */
export type OpenAnswer =
  | {
    readonly kind: "opened";
    readonly channel: MiningChannel;
    /** The target of the first job, or of the channel while there is no work; 32 bytes LE. */
    readonly targetLe: Uint8Array;
    /** Undefined while there is no work: it comes with the next broadcast. */
    readonly job: ChannelJob | undefined;
    /** What the miner's user should know. */
    readonly notice: string | undefined;
  }
  /** `why` is for the log. */
  | { readonly kind: "refused"; readonly refusal: OpenRefusal; readonly why: string }
  /** The pool's own trouble: the connection has nothing to go on with. */
  | { readonly kind: "failed"; readonly reason: string };

/** What a miner is to be told of a channel that is open. */
export type ChannelFact =
  /** nonce_1 of the jobs to come; earlier jobs keep theirs. */
  | { readonly kind: "prefix"; readonly channel: MiningChannel; readonly nonce1: Uint8Array }
  /** The target of the jobs to come, 32 bytes little-endian; earlier jobs keep theirs. */
  | { readonly kind: "target"; readonly channel: MiningChannel; readonly targetLe: Uint8Array }
  /** Work; `cleanJobs` when every earlier job is dead. */
  | {
    readonly kind: "job";
    readonly channel: MiningChannel;
    readonly job: ChannelJob;
    readonly cleanJobs: boolean;
  }
  /** The pool has closed the channel. */
  | { readonly kind: "closed"; readonly channel: MiningChannel; readonly reason: ServiceRefusal };

/** The conversation that a session's channels are held in. */
export interface ChannelConversation {
  /** The miner's IP address. */
  readonly address: string;
  /** False where the protocol cannot change a prefix: a new target then waits for other headers. */
  readonly changesPrefixes: boolean;

  /**
   * Takes facts that belong together, in the order in which the miner has to learn them: one packet
   * where the encoding allows it. Synchronous, and never throws.
   */
  tell(facts: readonly ChannelFact[]): void;

  /**
   * A miner that was not heard yet was told an easier target. A share takes its time: the miner's
   * silence counts from now on.
   */
  awaitShare(): void;
}
