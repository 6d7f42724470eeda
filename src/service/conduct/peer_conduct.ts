import {
  clientNetwork,
  type Clock,
  type Conduct,
  type Counter,
  type CounterBy,
  type Peer,
  type PeerConnection,
  type PeerFault,
  type PeerFaultKind,
  type PeerLimit,
} from "../../base/mod.ts";
import { FaultCounts } from "./_fault_counts.ts";
import { GoodStanding } from "./_good_standing.ts";
import type { Ban, BanKey } from "./ban.ts";

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

/** The values of the label `scope`: everybody at an address, or one identity there. */
export const BAN_SCOPES = ["address", "identity"] as const;

/** What is measured of conduct. */
export interface ConductMetrics {
  readonly peerFaults: CounterBy<PeerFaultKind>;
  readonly limitsReached: CounterBy<PeerLimit>;
  readonly bans: CounterBy<typeof BAN_SCOPES[number]>;
  /** Connections that were closed for their faults, whether somebody was banned or not. */
  readonly closed: Counter;
}

/** What the operator decided. */
export interface ConductOptions {
  /** Faults that lead to a ban. */
  readonly threshold: number;
  /** How long a ban lasts, and how far back faults are counted. */
  readonly durationSecs: number;
}

/** What conduct works with. */
export interface ConductModules {
  readonly clock: Clock;
  readonly metrics: ConductMetrics;
  /** Who is turned away. */
  readonly bans: { has(key: BanKey): boolean; add(ban: Ban): void };
  /** Whether faults from an address can lead to a ban: not from a balancer's, for instance. */
  readonly canBeBanned: (address: string) => boolean;
  /** Told of limits that have refused somebody something. */
  readonly limited: (limit: PeerLimit, address: string) => void;
  /** Told of each ban. */
  readonly banned: (ban: Ban) => void;
}

/** Refused where it is not encrypted, a miner has done nothing but use the wrong address. */
const HARMLESS = "plain";

/** An accepted share counts as good standing again after this time. */
const CREDIT_EVERY_MS = 60_000;

/**
 * Judges faults. A ban is of an address and an identity, so that nobody has another one refused by
 * naming them as user elsewhere; faults before anybody is named (handshakes, streams, first messages)
 * ban the address. Where another connection of the address has had a share accepted lately it may be a
 * farm's or a carrier's: then the faulty connection is closed and nobody is banned.
 */
export class PeerConduct implements Conduct {
  readonly #options: ConductOptions;
  readonly #modules: ConductModules;
  readonly #counts: FaultCounts;
  readonly #standing: GoodStanding;
  /** Faults of a connection, and when its last credit was noted. */
  readonly #connections = new WeakMap<PeerConnection, { faults: number; creditedAt: number }>();

  constructor(options: ConductOptions, modules: ConductModules) {
    this.#options = options;
    this.#modules = modules;
    this.#counts = new FaultCounts(options.durationSecs * 1_000);
    this.#standing = new GoodStanding(options.durationSecs * 1_000);
  }

  fault(fault: PeerFault): void {
    const { metrics } = this.#modules;
    metrics.peerFaults.increment(fault.kind);
    if (fault.kind === "handshake" && fault.code === HARMLESS) return;
    if (this.#isBannable(fault)) this.#count(fault);
    const { connection } = fault;
    if (connection === undefined) return;
    if (++this.#stateOf(connection).faults >= this.#options.threshold) this.#close(connection);
  }

  limited(limit: PeerLimit, address: string): void {
    this.#modules.metrics.limitsReached.increment(limit);
    this.#modules.limited(limit, address);
  }

  credited({ address, identity, connection }: Peer): void {
    if (connection === undefined) return;
    const now = this.#modules.clock.monotonic();
    const state = this.#stateOf(connection);
    if (now - state.creditedAt < CREDIT_EVERY_MS) return;
    state.creditedAt = now;
    // An operator's ban ends what stands, too.
    if (this.isBanned(address, identity)) return this.#close(connection);
    this.#standing.credit(clientNetwork(address), connection.id, now);
  }

  isBanned(address: string, identity?: string): boolean {
    const { bans, canBeBanned } = this.#modules;
    const network = clientNetwork(address);
    const isNamed = bans.has({ network, identity: "" }) ||
      identity !== undefined && bans.has({ network, identity });
    return isNamed && canBeBanned(address);
  }

  #isBannable({ address, connection }: PeerFault): boolean {
    const { canBeBanned, clock } = this.#modules;
    if (!canBeBanned(address)) return false;
    const network = clientNetwork(address);
    return !this.#standing.hasOthers(network, connection?.id, clock.monotonic());
  }

  #count({ address, identity = "", connection, kind, code }: PeerFault): void {
    const { bans, banned, clock, metrics } = this.#modules;
    const { threshold, durationSecs } = this.#options;
    const key = { network: clientNetwork(address), identity };
    if (this.#counts.add(key, clock.monotonic()) < threshold) return;
    this.#counts.forget(key);
    const reason = `${threshold} faults, the last one: ${kind} ${code}`;
    const ban = { ...key, durationSecs, reason, actor: "pool" };
    bans.add(ban);
    metrics.bans.increment(identity === "" ? "address" : "identity");
    banned(ban);
    if (connection !== undefined) this.#close(connection);
  }

  #close(connection: PeerConnection): void {
    this.#modules.metrics.closed.increment();
    connection.close("too many faults");
  }

  #stateOf(connection: PeerConnection): { faults: number; creditedAt: number } {
    let state = this.#connections.get(connection);
    if (state === undefined) {
      state = { faults: 0, creditedAt: -Infinity };
      this.#connections.set(connection, state);
    }
    return state;
  }
}
