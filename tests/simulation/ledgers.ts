import { NETWORK_TARGET } from "./sim_chain.ts";
import type { SentShare, SimJob, SimMiner } from "./sim_miner.ts";
import { type PlainAnswer, plainAnswer } from "./verdicts.ts";
import { Violation } from "./violation.ts";

interface KnownShare {
  readonly share: SentShare;
  readonly miner: SimMiner;
  readonly isRight: boolean;
  readonly allowed: ReadonlySet<PlainAnswer>;
  /** The look at which its answer was seen. */
  seenAt: number;
  /** Its process has ended without an answer, or within the bound of loss. */
  mayBeLost: boolean;
  hasEnded: boolean;
}

/** What the simulation itself writes down of shares and jobs, to hold the pool's books against. */
export class Ledgers {
  readonly #shares: KnownShare[] = [];
  readonly #open = new Set<KnownShare>();
  readonly #byHash = new Map<string, readonly KnownShare[]>();
  readonly #targets = new Map<string, bigint>();
  readonly #seenJobs = new WeakSet<SimJob>();

  sent(
    miner: SimMiner,
    share: SentShare,
    { isRight, allowed }: { readonly isRight: boolean; readonly allowed: ReadonlySet<PlainAnswer> },
  ): void {
    const known = {
      ...{ share, miner, isRight, allowed, seenAt: Infinity, mayBeLost: false, hasEnded: false },
    };
    this.#shares.push(known);
    this.#open.add(known);
    this.#byHash.set(share.hash, [...this.#byHash.get(share.hash) ?? [], known]);
  }

  /** Whether this header and solution was accepted before; "maybe" while that is not answered. */
  taken(hash: string): "no" | "maybe" | "yes" {
    const former = this.#byHash.get(hash) ?? [];
    if (former.some(({ share }) => share.answer === "accepted")) return "yes";
    const isOpen = former.some(({ share, allowed }) =>
      share.answer === undefined && allowed.has("accepted")
    );
    return isOpen ? "maybe" : "no";
  }

  /** A job came. @param process in which the header is searched: another one has other headers. */
  job(process: string, job: SimJob): void {
    if (this.#seenJobs.has(job)) return;
    this.#seenJobs.add(job);
    // The time is the miner's to choose, so that it tells no two headers apart here.
    const header = `${process} ${job.head.subarray(0, 100).toHex()} ${job.nonce1.toHex()}`;
    const former = this.#targets.get(header);
    this.#targets.set(header, job.target);
    if (former !== undefined && former !== job.target) {
      throw new Violation("one header, one target", `${former} and ${job.target}`);
    }
  }

  /** Holds new answers against what is allowed. @param look the number of this look. */
  check(look: number): void {
    for (const known of this.#open) {
      const { share, allowed } = known;
      if (share.answer === undefined) continue;
      this.#open.delete(known);
      known.seenAt = look;
      const answer = plainAnswer(share.answer);
      if (allowed.has(answer)) continue;
      throw new Violation(
        "every share is judged rightly",
        `${share.answer}, one of ${[...allowed].join(", ")} is right`,
      );
    }
  }

  /** A process of a miner has died. @param written the look at which all was seen to be written. */
  killed(miner: SimMiner, written: number): void {
    for (const known of this.#shares) {
      if (known.miner !== miner || known.hasEnded) continue;
      known.hasEnded = true;
      known.mayBeLost = known.seenAt > written;
      this.#open.delete(known);
    }
  }

  /** A process of a miner has stopped in order. */
  stopped(miner: SimMiner): void {
    for (const known of this.#shares) {
      if (known.miner !== miner || known.hasEnded) continue;
      known.hasEnded = true;
      known.mayBeLost = known.share.answer === undefined;
      this.#open.delete(known);
    }
  }

  /** While a connection stands and its process runs, every share has its answer in the end. */
  checkAnswered(): void {
    for (const { share, miner, hasEnded } of this.#open) {
      if (share.answer === undefined && miner.isConnected && !hasEnded) {
        throw new Violation("every share is answered", `${miner.protocol} ${share.hash}`);
      }
    }
  }

  /** Every block that was answered has gone to the node, also one that came late for its parent. */
  checkBlocks(submitted: ReadonlySet<string>): void {
    for (const { share, isRight } of this.#shares) {
      const answer = share.answer === undefined ? "other" : plainAnswer(share.answer);
      if (!isRight || share.value > NETWORK_TARGET) continue;
      if (answer !== "accepted" && answer !== "stale") continue;
      if (!submitted.has(share.hash)) throw new Violation("every block is submitted", share.hash);
    }
  }

  /** How many rows the pool's ledger may have: one for each header and solution. */
  expectedRows(): { readonly least: number; readonly most: number } {
    let [least, most] = [0, 0];
    for (const same of this.#byHash.values()) {
      const accepted = same.filter(({ share }) => share.answer === "accepted");
      if (accepted.length > 1) throw new Violation("each share counts once", "accepted twice");
      const mayCount = accepted.length > 0 ||
        same.some(({ share, isRight, allowed }) =>
          share.answer === undefined && isRight && allowed.has("accepted")
        );
      if (accepted.some(({ mayBeLost }) => !mayBeLost)) least++;
      if (mayCount) most++;
    }
    return { least, most };
  }

  /** Shares that were accepted, for the table of a run. */
  get accepted(): number {
    return this.#shares.filter(({ share }) => share.answer === "accepted").length;
  }

  get length(): number {
    return this.#shares.length;
  }
}
