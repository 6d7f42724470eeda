/** Templates of the nodes as a stream of events. */
export * from "./metrics.ts";
export * from "./node_trouble.ts";
export * from "./template_event.ts";
export * from "./template_provider.ts";
