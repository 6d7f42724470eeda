/**
 * Why a block is refused: a text in the manner of the real node's debug output, of which proposal
 * mode shows a form with dashes.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";

/** A rule that a block breaks. */
export class BlockRefusal extends PoolError {
  /** An input spends what is nowhere to be found: the real node waits for it before it gives up. */
  readonly missingInput: boolean;

  constructor(reason: string, options: { missingInput?: boolean } = {}) {
    super("demo-block-refused", reason);
    this.missingInput = options.missingInput ?? false;
  }
}

/** A fault that is found without the chain. */
export function faultOfBlock(reason: string): BlockRefusal {
  return new BlockRefusal(`Block { source: Block { source: ${reason} } }`);
}

/** A fault of a transaction. */
export function faultOfTransaction(reason: string): BlockRefusal {
  return new BlockRefusal(`Block { source: Transaction(${reason}) }`);
}

/** A fault that shows against the parent. */
export function faultOfContext(reason: string): BlockRefusal {
  return new BlockRefusal(`Block { source: ValidateProposal(${reason}) }`);
}

/** The form that proposal mode answers with: lower case, with dashes for all but words. */
export function dashed(reason: string): string {
  return reason.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}
