import {
  type Clock,
  type Logger,
  Outage,
  Pause,
  PoolError,
  type Random,
  randomU32,
  reasonOf,
} from "../../base/mod.ts";
import type { BranchReader } from "../../chain/chain_follower/mod.ts";
import { type JobTemplate, measureBlock, payThenRest } from "../../chain/jobs/mod.ts";
import { parseTransaction, type TransparentOutput } from "../../chain/zcash/mod.ts";
import type { CoinbasePayments, CoinbasePlan } from "../../money/treasury/mod.ts";

/** The share that ends a block's window is at most so old when the job leaves. */
const WINDOW_AGE_MAX_MS = 2_000;

/** Work that could not be divided is tried again, while its parent is the tip. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Work that waits to be divided goes out undivided after this time. */
const DECIDED_MS = 3_000;

/** How often is looked whether payments were paused, or somebody put on hold. */
const RESTRAINT_MS = 2_000;

/** Values of a full block that are tried: with fewer outputs fewer transactions are left out. */
const VALUES_MAX = 3;

/** Why a coinbase is not divided now. */
class NotDivided extends PoolError {
  constructor(message: string) {
    super("not-divided", message);
  }
}

/** Where divided work goes. */
export interface DividedWorkReceiver {
  /** The same template, paying miners in its coinbase. It is written in the ledger. */
  divided(work: JobTemplate, plain: JobTemplate): void;
  /** Nobody is to be paid now: the plain work takes the place of a divided one that is out. */
  undivided(plain: JobTemplate): void;
}

/** What work is divided with. */
export interface PayingWorkModules {
  readonly money: Pick<
    CoinbasePayments,
    "openHeight" | "settle" | "plan" | "promise" | "restraint" | "forget"
  >;
  readonly branch: BranchReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type Chain = Parameters<CoinbasePayments["settle"]>[0];

/**
 * Turns work into work that pays miners in its own coinbase, beside the path of jobs: a plain job has
 * left when this begins. Own blocks up to the parent are settled, a plan is read, the job is made, and
 * when the ledger has it, it takes the plain one's place. The newest work is divided; what is under
 * way for an older one is dropped.
 */
export class PayingWork {
  readonly #modules: PayingWorkModules;
  readonly #pause: Pause;
  readonly #outage: Outage;
  #receiver: DividedWorkReceiver | undefined;
  #wanted: JobTemplate | undefined;
  /** The newest work, divided or not, and what held for payments when that was decided. */
  #done: { readonly plain: JobTemplate; readonly restraint: string } | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(modules: PayingWorkModules) {
    this.#modules = modules;
    this.#pause = new Pause(modules.clock);
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "coinbases_not_divided",
      begins: "jobs pay the pool's address alone",
      endEvent: "coinbases_divided_again",
      ends: "jobs pay miners again",
    });
  }

  /** Divides work, in place of what was wanted before. Never waits. */
  begin(plain: JobTemplate, receiver: DividedWorkReceiver): void {
    if (this.#closed) return;
    this.#receiver = receiver;
    this.#wanted = plain.undivided;
    this.#pause.wake();
    this.#running ??= this.#run();
  }

  /** There is no work any more. */
  drop(): void {
    this.#wanted = undefined;
    this.#done = undefined;
  }

  /** Waits for what is under way and begins nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pause.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const wanted = this.#wanted;
      if (wanted === undefined) {
        await this.#pause.wait(this.#done === undefined ? Infinity : RESTRAINT_MS);
        await this.#lookAtRestraint();
        continue;
      }
      const late = () => wanted === this.#wanted && this.#receiver?.undivided(wanted);
      const cancel = this.#modules.clock.after(DECIDED_MS, () => void late());
      try {
        await this.#divide(wanted);
        this.#outage.succeeded();
      } catch (error) {
        if (wanted !== this.#wanted) continue;
        this.#outage.failed(reasonOf(error));
        this.#receiver?.undivided(wanted);
        await this.#pause.wait(this.#outage.nextTryMs(RETRY_MS, RETRY_MAX_MS));
      } finally {
        cancel();
      }
    }
  }

  /** @throws {PoolError} when it cannot be divided now. */
  async #divide(plain: JobTemplate): Promise<void> {
    const { money } = this.#modules;
    const chain = await this.#settledChain(plain);
    const restraint = await money.restraint();
    if (plain !== this.#wanted) return;
    const work = await this.#promised(plain, chain);
    if (plain !== this.#wanted || this.#closed) return;
    this.#wanted = undefined;
    this.#done = { plain, restraint };
    if (work === undefined) this.#receiver?.undivided(plain);
    else this.#receiver?.divided(work, plain);
    await money.forget(plain.height - 1);
  }

  /** The chain up to the parent, as far down as something of it may not be settled yet. */
  async #settledChain({ previousBlockHash }: JobTemplate): Promise<Chain> {
    const { money, branch } = this.#modules;
    const from = await money.openHeight();
    if (from === undefined) return [];
    const chain = await Array.fromAsync(branch.down(previousBlockHash, from));
    await money.settle(chain);
    return chain;
  }

  /** @returns undefined when nobody is to be paid. */
  async #promised(plain: JobTemplate, chain: Chain): Promise<JobTemplate | undefined> {
    const { money, clock, random } = this.#modules;
    const readAt = clock.monotonic();
    const plan = await money.plan(plain.networkTarget);
    const divided = divide(plain, plan);
    if (divided === undefined) return undefined;
    const work = plain.withSplit({
      split: payThenRest(divided.outputs, poolScriptOf(plain)),
      sequence: randomU32(random),
    });
    await money.promise(
      {
        coinbaseTxid: work.coinbaseTxid,
        parent: work.previousBlockHash,
        height: work.height,
        networkTarget: work.networkTarget,
        valueZat: work.minerValueZat,
        payments: divided.payments,
      },
      plan,
      chain,
    );
    const ageMs = clock.monotonic() - readAt;
    if (ageMs <= WINDOW_AGE_MAX_MS) return work;
    throw new NotDivided(
      `dividing a coinbase took ${Math.round(ageMs)} ms, at most ${WINDOW_AGE_MAX_MS} expected`,
    );
  }

  async #lookAtRestraint(): Promise<void> {
    const done = this.#done;
    if (done === undefined || this.#wanted !== undefined || this.#closed) return;
    try {
      const restraint = await this.#modules.money.restraint();
      if (restraint !== done.restraint) this.#wanted ??= done.plain;
    } catch {
      // The next look tells; a database that is away is told of by its other users.
    }
  }
}

/**
 * What a job pays: in a full block the outputs cost transactions, and the value falls by their fees.
 *
 * @returns undefined when nobody is to be paid.
 * @throws {NotDivided} when the value does not settle.
 */
function divide(plain: JobTemplate, plan: CoinbasePlan) {
  const room = roomIn(plain);
  let valueZat = plain.minerValueZat;
  for (let tries = 0; tries < VALUES_MAX; tries++) {
    const divided = plan.divide({ valueZat, room });
    if (divided.outputs.length === 0) return undefined;
    const left = valueWith(plain, divided.outputs);
    if (left >= valueZat) return divided;
    valueZat = left;
  }
  throw new NotDivided("the value of a full block does not settle");
}

/** What the block is worth when its coinbase has outputs of these lengths. */
function valueWith(plain: JobTemplate, outputs: readonly TransparentOutput[]): bigint {
  const empty = outputs.map(({ script }) => ({ valueZat: 0n, script }));
  const split = payThenRest(empty, poolScriptOf(plain));
  return plain.withSplit({ split, sequence: 0 }).minerValueZat;
}

/** Where all of the value goes without payees. */
function poolScriptOf({ minerOutputs }: JobTemplate): Uint8Array {
  const [output] = minerOutputs;
  if (output === undefined) throw new NotDivided("the pool's own output is not known");
  return output.script;
}

/** Transactions give way to payees: their fees are little beside the reward. */
function roomIn({ coinbase, body }: JobTemplate): { bytes: number; sigops: number } {
  const { size, sigops } = measureBlock(parseTransaction(coinbase), []);
  return { bytes: body.sizeLimit - size, sigops: body.sigopLimit - sigops };
}
