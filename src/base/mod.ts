/** What every room stands on; see the files for what each holds. */
export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./conduct.ts";
export * from "./errors.ts";
export * from "./header_lengths.ts";
export * from "./ip_network.ts";
export * from "./log.ts";
export * from "./metrics.ts";
export * from "./outage.ts";
export * from "./pause.ts";
export * from "./queue.ts";
export * from "./random.ts";
export * from "./reject_reason.ts";
export * from "./visible_text.ts";
