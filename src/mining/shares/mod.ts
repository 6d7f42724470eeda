/** The path of a share from its bytes to its verdict. */
export * from "./duplicate_claims.ts";
export { PendingVerdicts } from "./pending_verdicts.ts";
export * from "./seen_shares.ts";
export type { ShareLine } from "./share_line.ts";
export * from "./shared_claims.ts";
export { OVER_LIMIT_PAUSE_MS, ShareAllowance } from "./share_allowance.ts";
export * from "./share_processor.ts";
export { encodeHeader } from "./solved_header.ts";
export * from "./verdict.ts";
