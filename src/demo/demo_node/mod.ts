/** An embedded node for demonstrations and tests; see demo_node.ts. */
export * from "./demo_node.ts";
export * from "./run_demo_node.ts";
export type { DemoNodeControl } from "./_control.ts";
export type { Fault, FaultScope } from "./_faults.ts";
export type { SpoilerName } from "./_spoilers.ts";
