/** Miners that declare their own jobs; README.md says what is checked and against which attack. */
export * from "./options.ts";
export type { TransactionSource } from "./node_questions.ts";
export type { BlockProposer } from "./proposal_queue.ts";
export { REFUSAL_LABELS, type RefusalLabel } from "./refusal_labels.ts";
export * from "./server.ts";
