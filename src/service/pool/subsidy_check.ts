import {
  type Clock,
  displayHash,
  equalBytes,
  type Logger,
  PoolError,
  reasonOf,
} from "../../base/mod.ts";
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

/** An answer, and the parent of the block that it was given for. */
interface KnownSubsidy {
  readonly subsidy: BlockSubsidy;
  /** Undefined for an answer that was asked for ahead and no template has met yet. */
  parent: Uint8Array | undefined;
}

/** What one node has said. */
interface NodeMemory {
  readonly known: Map<number, KnownSubsidy>;
  readonly asking: Set<number>;
  /** The newest template whose height was not known when it came. */
  unchecked: BlockTemplate | undefined;
  /** Whether the log knows that this node does not say it. */
  told: boolean;
}

/** Whose subsidy is asked for; the parent is not known of a block that comes after the next one. */
interface Question {
  readonly height: number;
  readonly parent: Uint8Array | undefined;
}

/**
 * Holds every template against what its node says about the subsidy of its height, to the zatoshi,
 * and holds up no job for it: with each template the subsidy of the height after it is asked for, so
 * that it is known when that template comes. Only after a start, and when a node leaps over a
 * height, a job goes out first and is checked some milliseconds later.
 *
 * From the height on from which part of the fees is paid out again (ZIP 237) a block's subsidy
 * depends on its parent, and a node answers for the next block alone: the question ahead fails, and
 * each template is checked just after its job. So an answer holds for a height and a parent: a rival
 * of the parent asks anew, and an answer from ahead refuses nothing before it was asked for again.
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
    if (!this.#checkByKnown(template, memory)) {
      this.#modules.factory.make(template);
      memory.unchecked = template;
      this.#ask({ height: template.height, parent: template.previousBlockHash }, node, memory);
    }
    const ahead = template.height + 1;
    if (memory.known.has(ahead) || memory.asking.has(ahead)) return;
    const question = { height: ahead, parent: undefined };
    this.#later(ASK_AHEAD_DELAY_MS, () => this.#ask(question, node, memory));
  }

  /** False when nothing is known for the template's height and parent. */
  #checkByKnown(template: BlockTemplate, { known }: NodeMemory): boolean {
    const { height, previousBlockHash } = template;
    const answer = known.get(height);
    if (answer === undefined) return false;
    const fromAhead = answer.parent === undefined;
    if (answer.parent !== undefined && !equalBytes(answer.parent, previousBlockHash)) {
      known.delete(height);
      return false;
    }
    try {
      this.#modules.factory.make(template, answer.subsidy);
      answer.parent = previousBlockHash;
      return true;
    } catch (error) {
      if (!fromAhead || !(error instanceof PoolError)) throw error;
      known.delete(height);
      return false;
    }
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

  #ask(question: Question, node: SubsidyNode, memory: NodeMemory): void {
    const { height } = question;
    if (this.#closed || memory.asking.has(height) || memory.known.has(height)) return;
    memory.asking.add(height);
    node.getBlockSubsidy(height).then(
      (subsidy) => {
        memory.asking.delete(height);
        this.#learn(question, subsidy, node, memory);
      },
      (error) => {
        memory.asking.delete(height);
        this.#unknown(height, error, node, memory);
      },
    );
  }

  #learn(
    { height, parent }: Question,
    subsidy: BlockSubsidy,
    node: SubsidyNode,
    memory: NodeMemory,
  ): void {
    memory.told = false;
    const template = memory.unchecked?.height === height ? memory.unchecked : undefined;
    const wanted = template?.previousBlockHash;
    if (wanted !== undefined && (parent === undefined || !equalBytes(parent, wanted))) {
      // It was asked while another parent, or none, was known: it says nothing of this template.
      return this.#ask({ height, parent: wanted }, node, memory);
    }
    memory.known.set(height, { subsidy, parent });
    const [oldest] = memory.known.keys();
    if (memory.known.size > HEIGHTS_MAX && oldest !== undefined) memory.known.delete(oldest);
    if (this.#closed || template === undefined) return;
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
