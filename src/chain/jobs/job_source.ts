import type { BlockTemplate } from "../zcash/mod.ts";
import type { JobTemplate } from "./job_template.ts";

/** Where the pool's work comes from. */
export interface JobSource {
  /**
   * The work of a template: the same job whenever it is asked for the same template.
   *
   * @throws {TemplateError} when no work may be made of it.
   */
  make(template: BlockTemplate): JobTemplate;
}
