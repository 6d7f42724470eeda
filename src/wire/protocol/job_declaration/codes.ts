/**
 * The codes of Job Declaration's answers: one byte each, for programs; the text beside them is for
 * people.
 *
 * @module
 */

/** `code` of SetCustomMiningJob.Error, SetFullTemplateJob.Error and AllocateMiningJobToken.Error. */
export const DeclarationErrorCode = {
  /** The token was never given, or has been used up. */
  invalidToken: 1,
  /** The token's time for declaring is over. */
  tokenExpired: 2,
  /** The coinbase cannot be read or lacks a required part. */
  invalidCoinbase: 3,
  /** The coinbase pays the pool too little, or is too long. */
  coinbaseConstraint: 4,
  /** The parent is not the tip. */
  stalePrevHash: 5,
  /** The merkle root or the block commitments are not those of the declared block. */
  merkleRoot: 6,
  version: 7,
  bits: 8,
  /** The pool cannot check it in time; try again with the next template. */
  overloaded: 9,
  /** The token was granted for another mode. */
  modeMismatch: 0x0a,
  /** A transaction cannot be read, is not known, or the block that they make is not valid. */
  invalidTransactions: 0x0b,
  tooManyTransactions: 0x0c,
  /** The job lives at another process of the pool: hand its shares in by SubmitSharesJd. */
  otherProcess: 0x0d,
  /** The identity may not declare: it cannot be paid, or has too many tokens. */
  refusedIdentity: 0x0e,
  /** The pool cannot offer this: the text says why. */
  notOffered: 0x0f,
  /** The header is declared already, with another target. */
  declaredAlready: 0x10,
  other: 0xff,
} as const;

/** One of {@link DeclarationErrorCode}. */
export type DeclarationErrorCode = typeof DeclarationErrorCode[keyof typeof DeclarationErrorCode];

/** `first_error` of SubmitSharesJd.Response. */
export const DeclaredShareError = {
  none: 0,
  unknownJob: 1,
  /** The parent is no longer the tip, or version or time are outside of what the job allows. */
  staleJob: 2,
  lowDifficulty: 3,
  invalidSolution: 4,
  duplicate: 5,
  channelMismatch: 6,
} as const;

/** One of {@link DeclaredShareError}. */
export type DeclaredShareError = typeof DeclaredShareError[keyof typeof DeclaredShareError];
