import type { Clock } from "../../base/mod.ts";
import { RoundRobin } from "./_round_robin.ts";
import {
  INTAKE_CREDIT_MAX,
  INTAKE_CREDIT_PER_MS,
  INTAKE_DEBT_MAX,
  INTAKE_NETWORKS_MAX,
  INTAKE_SLICE_MS,
  INTAKE_UNITS_PER_SLICE,
  UNITS_PER_TURN_MAX,
} from "./limits.ts";

/** A connection's way to turns of the event loop. */
export interface IntakePlace {
  /** Resolves when the next units may be handed out; undefined when that is now. */
  turn(): Promise<void> | undefined;
  /** Units were handed out in the turn, this number of them; a read that completes none costs as much as one. */
  took(units: number): void;
  /** The connection has ended; may be called twice. */
  leave(): void;
}

/** What one network of clients has left. */
interface Network {
  readonly key: string;
  places: number;
  /** Units that it may hand out before others; below 0 what it has taken beyond. */
  credit: number;
  creditAt: number;
}

/**
 * Divides the event loop among the networks of clients. A network that sends little is read at once.
 * One that has sent more than its credit waits behind all others, and what all those together get is
 * one turn in a slice of time: however many they are and however much they send, the loop is free
 * for the others most of the time, and TCP slows the senders. Nothing is refused here.
 */
export class Intake {
  readonly #clock: Clock;
  /** Those with a connection. */
  readonly #networks = new Map<string, Network>();
  /** Those without one whose credit is not whole again, in the order in which they left. */
  readonly #indebted = new Map<string, Network>();
  /** Turns that are waited for, of networks with credit and of the others. */
  readonly #entitled = new RoundRobin<Waiting>();
  readonly #excessive = new RoundRobin<Waiting>();
  #scheduled = false;
  #sliceAt = -Infinity;
  #unitsLeft = INTAKE_UNITS_PER_SLICE;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Networks that are known: those with a connection, and those whose credit is not whole again. */
  get size(): number {
    return this.#networks.size + this.#indebted.size;
  }

  /** @param network whose connection it is, see {@link Connection.network}. */
  enter(network: string): IntakePlace {
    this.#forgetPaid();
    const entry = this.#networks.get(network) ?? this.#indebted.get(network) ??
      { key: network, places: 0, credit: INTAKE_CREDIT_MAX, creditAt: this.#clock.monotonic() };
    this.#indebted.delete(network);
    this.#networks.set(network, entry);
    entry.places++;
    let left = false;
    return {
      turn: () => this.#turn(entry),
      took: (units) => this.#took(entry, units),
      leave: () => {
        if (left) return;
        left = true;
        this.#leave(entry);
      },
    };
  }

  #turn(network: Network): Promise<void> | undefined {
    const now = this.#clock.monotonic();
    const isEntitled = this.#creditOf(network, now) > 0;
    if (now - this.#sliceAt >= INTAKE_SLICE_MS && !this.#scheduled) this.#beginSlice(now);
    if (isEntitled && this.#entitled.size === 0 && this.#unitsLeft > 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    (isEntitled ? this.#entitled : this.#excessive).add(network.key, resolve);
    this.#schedule();
    return promise;
  }

  #took(network: Network, units: number): void {
    const cost = Math.max(1, units);
    network.credit = Math.max(-INTAKE_DEBT_MAX, network.credit - cost);
    this.#unitsLeft -= cost;
  }

  #schedule(): void {
    if (this.#scheduled || this.#entitled.size + this.#excessive.size === 0) return;
    this.#scheduled = true;
    this.#clock.after(0, () => {
      this.#scheduled = false;
      this.#beginSlice(this.#clock.monotonic());
      this.#grant();
      this.#schedule();
    });
  }

  /** Gives the turns of one slice. What each will take is not known yet: the most is expected. */
  #grant(): void {
    for (let units = INTAKE_UNITS_PER_SLICE; units > 0; units -= UNITS_PER_TURN_MAX) {
      const entitled = this.#entitled.take();
      if (entitled !== undefined) {
        entitled();
        continue;
      }
      this.#excessive.take()?.();
      return;
    }
  }

  #beginSlice(now: number): void {
    this.#sliceAt = now;
    this.#unitsLeft = INTAKE_UNITS_PER_SLICE;
  }

  #creditOf(network: Network, now: number): number {
    const earned = (now - network.creditAt) * INTAKE_CREDIT_PER_MS;
    network.credit = Math.min(INTAKE_CREDIT_MAX, network.credit + earned);
    network.creditAt = now;
    return network.credit;
  }

  /** What a network has taken is remembered until it is paid back, or reconnecting would pay it. */
  #leave(network: Network): void {
    if (--network.places > 0) return;
    this.#networks.delete(network.key);
    if (this.#creditOf(network, this.#clock.monotonic()) >= INTAKE_CREDIT_MAX) return;
    this.#indebted.set(network.key, network);
  }

  /** They have left in this order, and the largest debt is paid back in seconds. */
  #forgetPaid(): void {
    const now = this.#clock.monotonic();
    for (const [key, network] of this.#indebted) {
      const isPaid = this.#creditOf(network, now) >= INTAKE_CREDIT_MAX;
      if (!isPaid && this.#indebted.size < INTAKE_NETWORKS_MAX) return;
      this.#indebted.delete(key);
    }
  }
}

type Waiting = () => void;
