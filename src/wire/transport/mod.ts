/**
 * Connections over TCP: streams of bytes within limits, and on them SV2 frames, plain
 * or sealed, or lines.
 *
 * @module
 */
export { Admission, type AdmissionLimits, type OwnLimit } from "./admission.ts";
export * from "./connect.ts";
export * from "./errors.ts";
export * from "./frame_connection.ts";
export { Intake } from "./intake.ts";
export { OutgoingBudget } from "./outgoing_budget.ts";
export * from "./limits.ts";
export type * from "./line_connection.ts";
export { listen, type Listener, type ListenModules, type ListenOptions } from "./listener.ts";
export type { TrustedProxies } from "./_passed_on.ts";
export type { ListenerSecurity } from "./_server_handshake.ts";
export * from "./metrics.ts";
export * from "./proxy_header.ts";
