import { bytesToHex, systemClock } from "../../src/base/mod.ts";
import { BlockSubmitter, MemorySpool } from "../../src/chain/blocks/mod.ts";
import type {
  BlockNode,
  BlockOutcome,
  BlockSpool,
  FoundBlock,
} from "../../src/chain/blocks/mod.ts";

/** A submitter whose outcomes a test waits for. */
export class Submission implements AsyncDisposable {
  readonly submitter: BlockSubmitter;
  readonly spool: BlockSpool;
  readonly #outcomes: BlockOutcome[] = [];
  readonly #waiters: (() => void)[] = [];

  constructor(nodes: readonly BlockNode[], spool: BlockSpool = new MemorySpool()) {
    this.spool = spool;
    const options = { retryDelaysMs: [100, 200, 400], closeGraceMs: 100 };
    this.submitter = new BlockSubmitter(options, { nodes, spool, clock: systemClock });
    this.submitter.outcomes((outcome) => {
      this.#outcomes.push(outcome);
      for (const waiter of this.#waiters.splice(0)) waiter();
    });
  }

  /** Submits and resolves with the first outcome after "submitted". */
  submit(found: FoundBlock): Promise<BlockOutcome> {
    this.submitter.submit(found);
    return this.outcome(found);
  }

  async outcome(found: FoundBlock): Promise<BlockOutcome> {
    const hash = bytesToHex(found.hash);
    for (;;) {
      const known = this.#outcomes.find((outcome) =>
        outcome.state !== "submitted" && bytesToHex(outcome.hash) === hash
      );
      if (known !== undefined) return known;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.submitter.close();
  }
}
