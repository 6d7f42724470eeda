import type { BlockTemplate } from "../zcash/mod.ts";
import { type JobTemplate, type JobTemplateOptions, makeJobTemplate } from "./job_template.ts";

/** What all templates of a pool have in common. */
export type JobFactoryOptions = Omit<JobTemplateOptions, "serial">;

/**
 * Makes work of templates, each once: a template is judged when it comes from the node and again
 * when it is handed out, and both must see the same job.
 */
export class JobFactory {
  readonly #options: JobFactoryOptions;
  readonly #made = new WeakMap<BlockTemplate, JobTemplate>();
  #serial = 0;

  constructor(options: JobFactoryOptions) {
    this.#options = options;
  }

  /**
   * The job of a template.
   *
   * @throws {TemplateError} when the template cannot be mined, each time anew.
   */
  make(template: BlockTemplate): JobTemplate {
    const known = this.#made.get(template);
    if (known !== undefined) return known;
    const made = makeJobTemplate(template, { ...this.#options, serial: this.#serial++ });
    this.#made.set(template, made);
    return made;
  }
}
