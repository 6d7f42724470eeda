import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";

const CODES = DeclarationErrorCode;

/** What the metric calls the reasons of refusals. */
const LABELS = {
  [CODES.invalidToken]: "invalid_token",
  [CODES.tokenExpired]: "token_expired",
  [CODES.invalidCoinbase]: "invalid_coinbase",
  [CODES.coinbaseConstraint]: "coinbase_constraint",
  [CODES.stalePrevHash]: "stale_prev_hash",
  [CODES.merkleRoot]: "merkle_root",
  [CODES.version]: "version",
  [CODES.bits]: "bits",
  [CODES.overloaded]: "overloaded",
  [CODES.modeMismatch]: "mode_mismatch",
  [CODES.invalidTransactions]: "invalid_transactions",
  [CODES.tooManyTransactions]: "too_many_transactions",
  [CODES.otherProcess]: "other_process",
  [CODES.refusedIdentity]: "refused_identity",
  [CODES.notOffered]: "not_offered",
  [CODES.declaredAlready]: "declared_already",
  [CODES.other]: "other",
} as const satisfies Record<DeclarationErrorCode, string>;

/** One of the reasons. */
export type RefusalLabel = typeof LABELS[DeclarationErrorCode];

/** All of them. */
export const REFUSAL_LABELS: readonly RefusalLabel[] = Object.values(LABELS);

/** The label of a code. */
export function refusalLabel(code: DeclarationErrorCode): RefusalLabel {
  return LABELS[code];
}
