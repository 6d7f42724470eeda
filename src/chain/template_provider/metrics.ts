import { noMetrics } from "../../base/mod.ts";
import type { Counter, CounterBy, Gauge } from "../../base/mod.ts";

/** Which of the two ways of asking brought a template. */
export type TemplateSource = "long_poll" | "poll";

/** What the room measures. */
export interface TemplateProviderMetrics {
  /** Templates that were new, by the way that brought them first. */
  readonly templates: CounterBy<TemplateSource>;
  /** Long polls that ended without an answer or had to be given up. */
  readonly longPollsLost: Counter;
  /** 1 while templates can be had from some node, else 0. */
  readonly connected: Gauge;
  /** Changes from one node to another. */
  readonly failovers: Counter;
}

/** Measures nothing. */
export const NO_TEMPLATE_PROVIDER_METRICS: TemplateProviderMetrics = noMetrics(
  "templates",
  "longPollsLost",
  "connected",
  "failovers",
);
