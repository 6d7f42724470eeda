import { PoolError } from "../../base/mod.ts";

/**
 * Why a template is of no use:
 * - `malformed`: the answer has not the form of a template;
 * - `does-not-add-up`: its parts contradict each other;
 * - `unknown-form`: its coinbase or commitments follow rules that are not known here, as those of a
 *   later upgrade would;
 * - `pays-someone-else`: the miner's output cannot be told, or cannot be made the pool's;
 * - `too-large`: the block cannot be held within the node's limits with the pool's coinbase.
 */
export type TemplateFault =
  | "malformed"
  | "does-not-add-up"
  | "unknown-form"
  | "pays-someone-else"
  | "too-large";

/** A template that no job may be made of. */
export class TemplateError extends PoolError {
  readonly fault: TemplateFault;

  constructor(fault: TemplateFault, message: string, options?: ErrorOptions) {
    super(`template-${fault}`, `Cannot use the block template: ${message}`, options);
    this.fault = fault;
  }
}
