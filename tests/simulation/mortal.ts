/**
 * What a process that can be killed sees of the world: from the moment of its death nothing that it
 * still does has any effect.
 *
 * @module
 */
import type { Clock } from "../../src/base/mod.ts";
import { StorageError } from "../../src/platform/database/mod.ts";
import type { FakeClock } from "../support/fake_clock.ts";

/** Ends a process, now or at one of its next steps in the database. */
export class Life {
  /** Steps that are left; undefined while nobody has it killed. */
  #left: number | undefined;
  #isDead = false;
  readonly #ended: (() => void)[] = [];

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Kills it at the step of this number, 0 for now. */
  endAt(step: number): void {
    if (step === 0) this.#die();
    else this.#left ??= step;
  }

  /** Calls back when it has died. */
  onEnd(callback: () => void): void {
    this.#ended.push(callback);
  }

  /** Before each step that others can see. */
  step(): void {
    if (this.#left !== undefined && --this.#left <= 0) this.#die();
    if (this.#isDead) throw new StorageError("io", "the process was killed");
  }

  #die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const callback of this.#ended.splice(0)) callback();
  }
}

/** The world's clock, whose timers do not fire for the dead. */
export function mortalClock(clock: FakeClock, life: Life): FakeClock {
  const after: Clock["after"] = (delayMs, callback) =>
    clock.after(delayMs, () => {
      if (!life.isDead) callback();
    });
  return new Proxy(clock, {
    get: (target, name) => {
      if (name === "after") return after;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** What the database does to everybody. */
export interface Outage {
  away: boolean;
  /** The step of this number fails, 1 for the next one; 0 while none shall. */
  failsIn: number;
}

/**
 * A part of the records or of the database: each call is a step, and so is each statement inside of
 * a transaction.
 */
export function mortalPart<T extends object>(part: T, life: Life, outage: Outage): T {
  const check = (): void => {
    life.step();
    if (outage.away) throw new StorageError("io", "the database is away");
    if (outage.failsIn > 0 && --outage.failsIn === 0) {
      throw new StorageError("io", "the connection to the database was lost");
    }
  };
  const session = (tx: object): object =>
    new Proxy(tx, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          check();
          return Reflect.apply(member, target, args);
        };
      },
    });
  const ofSession = (inner: unknown): unknown =>
    typeof inner === "object" && inner !== null ? session(inner) : inner;
  return new Proxy(part, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        if (name === "close") return;
        check();
        const given = args.map((argument) =>
          typeof argument === "function"
            ? (...inner: unknown[]) => Reflect.apply(argument, undefined, inner.map(ofSession))
            : argument
        );
        const result = await Reflect.apply(member, target, given);
        // An answer that comes after the death is heard by nobody: what was written stays.
        check();
        return result;
      };
    },
  });
}
