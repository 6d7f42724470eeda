import { type Clock, type Logger, systemRandom } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { JobFactory, type JobSource } from "../../chain/jobs/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import {
  TemplateProvider,
  type TemplateProviderMetrics,
} from "../../chain/template_provider/mod.ts";
import { checkNetwork } from "./network_check.ts";
import { jobFactoryOptions } from "./options.ts";
import { SubsidyCheck } from "./subsidy_check.ts";

/** Where work comes from: templates of the nodes, and what makes jobs of them. */
export interface WorkSource {
  readonly templates: TemplateProvider;
  readonly jobs: JobSource;
  /** Ends the checks that are under way; the templates are closed by their reader. */
  close(): Promise<void>;
}

/** Makes it; nothing is asked before the templates are read. */
export function makeWorkSource(
  config: Config,
  modules: {
    readonly nodes: readonly NodeClient[];
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: TemplateProviderMetrics;
  },
): WorkSource {
  const { clock, logger } = modules;
  const factory = new JobFactory(jobFactoryOptions(config, systemRandom.bytes(8)));
  const templates = new TemplateProvider({
    pollIntervalMs: config.zebra.pollIntervalMs,
    failoverTimeoutMs: config.zebra.failoverTimeoutMs,
  }, {
    ...modules,
    // A node whose templates cannot be mined is left for the next one.
    check: (template, node) => subsidies.check(template, node),
    admit: (node, options) => checkNetwork(node, config, options),
  });
  const subsidies = new SubsidyCheck({
    ...{ factory, clock, logger },
    onLateFault: () => templates.recheck(),
  });
  return { templates, jobs: factory, close: async () => await subsidies.close() };
}
