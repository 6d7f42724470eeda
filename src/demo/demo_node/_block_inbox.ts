/**
 * Where blocks come in: submitblock and proposals, with the real node's way of keeping callers
 * waiting.
 *
 * - A block whose parent is unknown is answered when the parent arrives, so possibly never.
 * - A block or proposal that spends an unknown output is answered after six minutes.
 *
 * @module
 */
import { type Clock, displayHash, equalBytes, sleep } from "../../base/mod.ts";
import { type Block, parseBlock } from "./_block.ts";
import type { AddResult, Chain } from "./_chain.ts";
import { type BlockRefusal, dashed } from "./_refusal.ts";
import { WireError } from "./_wire.ts";

/** What submitblock answers; null is acceptance. */
export type SubmitAnswer = null | "duplicate" | "rejected";

/** Reports each block that was judged, for logs. */
export type BlockListener = (event: {
  readonly hash: string;
  readonly answer: SubmitAnswer;
  readonly reason?: string;
}) => void;

/** How long an unknown output is waited for. */
const MISSING_INPUT_WAIT_MS = 360_000;
/** Orphans that are kept for their parent; further ones wait in vain. */
const ORPHANS_MAX = 64;

/** Takes blocks from outside. */
export class BlockInbox {
  readonly #chain: Chain;
  readonly #clock: Clock;
  readonly #onBlock: BlockListener;
  readonly #orphans = new Map<string, { block: Block; wake: () => void }>();

  constructor(modules: { chain: Chain; clock: Clock; onBlock: BlockListener }) {
    this.#chain = modules.chain;
    this.#clock = modules.clock;
    this.#onBlock = modules.onBlock;
  }

  /** Blocks that wait for their parent now. */
  get waiting(): number {
    return this.#orphans.size;
  }

  /** Judges a block and takes it in. Answers only when the real node would, or when cancelled. */
  submit(bytes: Uint8Array, signal: AbortSignal): Promise<SubmitAnswer> {
    // A caller who leaves does not take back the block: it goes on waiting for its parent.
    const gone = new Promise<SubmitAnswer>((resolve) => {
      if (signal.aborted) resolve("rejected");
      signal.addEventListener("abort", () => resolve("rejected"), { once: true });
    });
    return Promise.race([this.#judge(bytes, signal), gone]);
  }

  async #judge(bytes: Uint8Array, signal: AbortSignal): Promise<SubmitAnswer> {
    const block = tryParse(bytes);
    if (block instanceof WireError) return this.#report("", "rejected", block.message);
    const id = displayHash(block.hash);
    if (this.#orphans.has(id)) return this.#report(id, "duplicate");
    let result = this.#add(block);
    while (result.kind === "unknown_parent") {
      await this.#parentOf(id, block);
      result = this.#add(block);
    }
    if (result.kind === "duplicate") return this.#report(id, "duplicate");
    if (result.kind === "added") return this.#report(id, null);
    await this.#waitForInputs(result.refusal, signal);
    return this.#report(id, "rejected", result.refusal.message);
  }

  /** Judges a block as a child of the tip; null when it would be valid. */
  async propose(bytes: Uint8Array, signal: AbortSignal): Promise<string | null> {
    const block = tryParse(bytes);
    if (block instanceof WireError) return dashed(block.message);
    if (!equalBytes(block.header.previousBlockHash, this.#chain.tip.hash)) {
      return "proposal-does-not-extend-the-current-chain-tip";
    }
    const refusal = this.#chain.propose(block, this.#clock.now());
    if (refusal === undefined) return null;
    await this.#waitForInputs(refusal, signal);
    return dashed(refusal.message);
  }

  #add(block: Block): AddResult {
    const result = this.#chain.add(block, { nowMs: this.#clock.now(), proofOfWork: true });
    if (result.kind === "added") this.#wakeChildren(block.hash);
    return result;
  }

  /** Those who wait for a parent look again; also after blocks that came another way. */
  #wakeChildren(parent: Uint8Array): void {
    for (const { block, wake } of [...this.#orphans.values()]) {
      if (equalBytes(block.header.previousBlockHash, parent)) wake();
    }
  }

  /** Tells the inbox of a block that did not come through it. */
  arrived(hash: Uint8Array): void {
    this.#wakeChildren(hash);
  }

  /** Resolves when the parent has come; never for those for whom there is no room. */
  #parentOf(id: string, block: Block): Promise<void> {
    return new Promise((resolve) => {
      if (this.#orphans.size >= ORPHANS_MAX) return;
      const wake = (): void => {
        this.#orphans.delete(id);
        resolve();
      };
      this.#orphans.set(id, { block, wake });
    });
  }

  async #waitForInputs(refusal: BlockRefusal, signal: AbortSignal): Promise<void> {
    if (refusal.missingInput) await sleep(this.#clock, MISSING_INPUT_WAIT_MS, signal);
  }

  #report(hash: string, answer: SubmitAnswer, reason?: string): SubmitAnswer {
    this.#onBlock({ hash, answer, ...(reason === undefined ? {} : { reason }) });
    return answer;
  }
}

function tryParse(bytes: Uint8Array): Block | WireError {
  try {
    return parseBlock(bytes);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}
