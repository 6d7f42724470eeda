import type { BlockSubsidy, BlockTemplate } from "../zcash/mod.ts";
import type { JobSource } from "./job_source.ts";
import { type JobTemplate, type JobTemplateOptions, makeJobTemplate } from "./job_template.ts";

/** What all templates of a pool have in common. */
export type JobFactoryOptions = Omit<JobTemplateOptions, "serial" | "subsidy">;

interface MadeJob {
  readonly job: JobTemplate;
  /** Whether it was held against the subsidy. */
  readonly checked: boolean;
}

/**
 * Work of the node's templates, with the pool's split and marks. Each template is made once: a template is judged when it comes from the node and again
 * when it is handed out, and both must see the same job.
 */
export class JobFactory implements JobSource {
  readonly #options: JobFactoryOptions;
  readonly #made = new WeakMap<BlockTemplate, MadeJob>();
  #serial = 0;

  constructor(options: JobFactoryOptions) {
    this.#options = options;
  }

  /**
   * The job of a template.
   *
   * @param subsidy what the node's getblocksubsidy says of its height; may become known after the
   *   job was made, and is held against it then.
   * @throws {TemplateError} when the template cannot be mined, each time anew.
   */
  make(template: BlockTemplate, subsidy?: BlockSubsidy): JobTemplate {
    const known = this.#made.get(template);
    if (known !== undefined && (known.checked || subsidy === undefined)) return known.job;
    const serial = known?.job.serial ?? this.#serial++;
    const options = subsidy === undefined ? this.#options : { ...this.#options, subsidy };
    try {
      const job = makeJobTemplate(template, { ...options, serial });
      const made = { job: known?.job ?? job, checked: subsidy !== undefined };
      this.#made.set(template, made);
      return made.job;
    } catch (error) {
      this.#made.delete(template);
      throw error;
    }
  }
}
