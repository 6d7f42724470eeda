import { clientNetwork } from "../../base/mod.ts";

/** Whom a ban is about. */
export interface BanKey {
  /** An IPv4 address, or the first 64 bits of an IPv6 one, as {@link clientNetwork} writes them. */
  readonly network: string;
  /** Canonical payout address or account name; empty where everybody there is meant. */
  readonly identity: string;
}

/** A ban, as it is made. */
export interface Ban extends BanKey {
  readonly durationSecs: number;
  /** Which faults, or what an operator says; at most 500 characters. */
  readonly reason: string;
  /** `pool`, or who did it. */
  readonly actor: string;
}

/** A ban as the ledger has it. */
export interface KeptBan extends Ban {
  /** What is left of it by the database's clock: at most its duration, also when clocks jump. */
  readonly leftSecs: number;
  readonly isLifted: boolean;
  /** Grows with each change in the ledger. */
  readonly change: bigint;
}

/** The key of a ban. @param address IP address, or a network as `bans list` shows it. */
export function banKeyOf(address: string, identity = ""): BanKey {
  return { network: clientNetwork(address), identity };
}
