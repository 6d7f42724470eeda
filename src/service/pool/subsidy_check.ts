import { type Clock, displayHash, type Logger, PoolError, reasonOf } from "../../base/mod.ts";
import type { JobFactory } from "../../chain/jobs/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import type { BlockSubsidy, BlockTemplate } from "../../chain/zcash/mod.ts";

/** Heights that are remembered of a node: the next one, and those of a deep reorganisation. */
const HEIGHTS_MAX = 32;

/** A new tip's answers go out first; the question for the height after it has 25 seconds. */
const ASK_AHEAD_DELAY_MS = 200;

/** The part of a node that is asked. */
export type SubsidyNode = Pick<NodeClient, "url" | "getBlockSubsidy">;

/** What a {@link SubsidyCheck} works with. */
export interface SubsidyCheckModules {
  readonly factory: JobFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * A template whose job was made before its subsidy was known does not hold what it should: the
   * nodes' newest templates are to be checked again.
   */
  readonly onLateFault: () => void;
}

/** What one node has said. */
interface NodeMemory {
  readonly known: Map<number, BlockSubsidy>;
  readonly asking: Set<number>;
  /** The newest template whose height was not known when it came. */
  unchecked: BlockTemplate | undefined;
  /** Whether the log knows that this node does not say it. */
  told: boolean;
}

/**
 * Holds every template against what its node says about the subsidy of its height, to the zatoshi,
 * and holds up no job for it: with each template the subsidy of the height after it is asked for, so
 * that it is known when that template comes. Only after a start, and when a node leaps over a
 * height, a job goes out first and is checked some milliseconds later.
 *
 * The answer for a height holds whatever its parent is, up to the height from which part of the
 * fees is paid out again (ZIP 237). From there a node answers for the next block alone: the question
 * ahead fails, and each template is checked just after its job.
 */
export class SubsidyCheck {
  readonly #modules: SubsidyCheckModules;
  readonly #memories = new Map<string, NodeMemory>();
  readonly #cancels = new Set<() => void>();
  #closed = false;

  constructor(modules: SubsidyCheckModules) {
    this.#modules = modules;
  }

  /**
   * Makes the template's job and, where the subsidy is known, checks it.
   *
   * @throws {TemplateError} when no job can be made of it or it does not add up.
   */
  check(template: BlockTemplate, node: SubsidyNode): void {
    const memory = this.#memoryOf(node);
    const subsidy = memory.known.get(template.height);
    this.#modules.factory.make(template, subsidy);
    if (subsidy === undefined) {
      memory.unchecked = template;
      this.#ask(template.height, node, memory);
    }
    const ahead = template.height + 1;
    if (memory.known.has(ahead) || memory.asking.has(ahead)) return;
    this.#later(ASK_AHEAD_DELAY_MS, () => this.#ask(ahead, node, memory));
  }

  /** Asks nothing any more. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
  }

  #memoryOf({ url }: SubsidyNode): NodeMemory {
    let memory = this.#memories.get(url);
    if (memory === undefined) {
      memory = { known: new Map(), asking: new Set(), unchecked: undefined, told: false };
      this.#memories.set(url, memory);
    }
    return memory;
  }

  #later(delayMs: number, action: () => void): void {
    const cancel = this.#modules.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
  }

  #ask(height: number, node: SubsidyNode, memory: NodeMemory): void {
    if (this.#closed || memory.asking.has(height) || memory.known.has(height)) return;
    memory.asking.add(height);
    node.getBlockSubsidy(height).then(
      (subsidy) => this.#learn(height, subsidy, memory),
      (error) => this.#unknown(height, error, node, memory),
    ).finally(() => memory.asking.delete(height));
  }

  #learn(height: number, subsidy: BlockSubsidy, memory: NodeMemory): void {
    memory.told = false;
    memory.known.set(height, subsidy);
    const [oldest] = memory.known.keys();
    if (memory.known.size > HEIGHTS_MAX && oldest !== undefined) memory.known.delete(oldest);
    const template = memory.unchecked;
    if (this.#closed || template?.height !== height) return;
    memory.unchecked = undefined;
    try {
      this.#modules.factory.make(template, subsidy);
    } catch (error) {
      if (!(error instanceof PoolError)) throw error;
      const message = `work that went out is withdrawn: ${error.message}`;
      this.#modules.logger.log("error", "template_refused_late", message, {
        height,
        parent: displayHash(template.previousBlockHash),
        code: error.code,
      });
      this.#modules.onLateFault();
    }
  }

  /** Asked again with the next template; work goes on, since the node itself checks its blocks. */
  #unknown(height: number, error: unknown, node: SubsidyNode, memory: NodeMemory): void {
    if (this.#closed || memory.unchecked?.height !== height || memory.told) return;
    memory.told = true;
    this.#modules.logger.log(
      "warn",
      "subsidy_unknown",
      `templates are used without a check of the subsidy: ${reasonOf(error)}`,
      { height, node: node.url },
    );
  }
}
