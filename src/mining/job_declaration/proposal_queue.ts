import { type Clock, deadline, type Logger, reasonOf } from "../../base/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";
import { Turns } from "./turns.ts";

/** How long a declarer waits for the node's verdict, its turn included. */
const VERDICT_LIMIT_MS = 3_000;

/** Blocks that the node judges at the same time: templates are its first duty. */
const AT_ONCE_MAX = 2;

/** Declarers that may wait for a turn; each has one block in here at the most. */
const WAITING_MAX = 64;

/** Knows whether a block is valid: the pool's node. */
export interface BlockProposer {
  /**
   * Has a block judged without its proof of work.
   *
   * @param signal ends the call.
   * @returns null when it is valid, else why not.
   */
  propose(block: Uint8Array, signal: AbortSignal): Promise<string | null>;
}

/** Has declared blocks judged by the node, a bounded number of them and within a bounded time. */
export class ProposalQueue {
  readonly #modules: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly proposer: BlockProposer;
  };
  readonly #turns = new Turns(AT_ONCE_MAX, WAITING_MAX);

  constructor(
    modules: {
      readonly clock: Clock;
      readonly logger: Logger;
      readonly proposer: BlockProposer;
    },
  ) {
    this.#modules = modules;
  }

  /**
   * Resolves when the node has accepted the block.
   *
   * @param encode makes the block when its turn has come.
   * @throws {DeclarationRefusal} `invalidTransactions` when it refused it, `overloaded` when it has
   *   not said so in time.
   */
  async judge(encode: () => Uint8Array): Promise<void> {
    if (this.#turns.isFull) throw overloaded();
    const { clock, logger, proposer } = this.#modules;
    const { signal, done } = deadline(clock, VERDICT_LIMIT_MS);
    try {
      if (!await this.#turns.begin(signal)) throw overloaded();
      let reason: string | null;
      try {
        reason = await proposer.propose(encode(), signal);
      } catch (error) {
        const message = `no node has judged a declared block: ${reasonOf(error)}`;
        logger.log("warn", "declaration_not_judged", message);
        throw overloaded();
      } finally {
        this.#turns.end();
      }
      if (reason === null) return;
      throw new DeclarationRefusal(
        DeclarationErrorCode.invalidTransactions,
        `the pool's node refuses the block: ${reason}`,
      );
    } finally {
      done();
    }
  }
}

function overloaded(): DeclarationRefusal {
  return new DeclarationRefusal(
    DeclarationErrorCode.overloaded,
    `the pool's node cannot judge the block within ${VERDICT_LIMIT_MS / 1_000} s now; ` +
      "declare again with the next template",
  );
}
