/**
 * The guards that keep money from being paid twice or lost, each of which can be switched off by a
 * test to show that the test notices. They are no settings: nothing but tests passes them.
 *
 * @module
 */

/** The guards of the engine; what each does when it is on. */
export interface PayoutGuards {
  /** The intent is committed before the wallet is called. */
  readonly intentBeforeCall: boolean;
  /** A lost answer leaves the outcome open; when off it counts as a failure. */
  readonly lostAnswerIsUnknown: boolean;
  /** A payment that is not found is released only after its transaction can no longer appear. */
  readonly patienceBeforeRelease: boolean;
  /** An error of a status question changes nothing; when off it counts as a failure. */
  readonly errorsDecideNothing: boolean;
  /** An operation that the wallet has forgotten is not a failed one. */
  readonly missingIsUnknown: boolean;
  /** A failed operation is looked into, because a transaction may exist all the same. */
  readonly failureIsUnknown: boolean;
  /** What the wallet has refused with authority is due again at once. */
  readonly refusalReleases: boolean;
  /** A transaction that the wallet made and did not send is not counted as sent. */
  readonly onlyBroadcastCounts: boolean;
  /** A payment of several transactions needs all of them. */
  readonly allTransactionsCount: boolean;
  /** An expired transaction is given up only when the expiry itself lies deep. */
  readonly expiryDepth: boolean;
  /** A payment counts as paid only when it is deep. */
  readonly settleDepth: boolean;
  /** Every write of the payer proves in its transaction that he still is the payer. */
  readonly fencing: boolean;
  /** A refused batch is halved until the bad recipient stands alone. */
  readonly bisection: boolean;
  /** Batches hold at most so many recipients, and each recipient once. */
  readonly batchRules: boolean;
  /** Nothing reveals more than the operator's ceiling allows. */
  readonly privacyCeiling: boolean;
  /** The ledger's reserved sums are compared with the payouts before each run. */
  readonly invariantCheck: boolean;
  /** Nothing is sent while payments are paused. */
  readonly pause: boolean;
  /** A run is opened only with a wallet that is well. */
  readonly walletGate: boolean;
  /** A list that cannot be read is not an empty list. */
  readonly failedScanDecidesNothing: boolean;
  /** A transaction without enough life left is not sent. */
  readonly expiryMargin: boolean;
  /** A wallet's transaction is looked into before it is sent. */
  readonly verifyBuilt: boolean;
  /** A transaction that can be seen to pay less than is owed settles nothing. */
  readonly payeesArePaid: boolean;
}

/** What runs everywhere but in those tests. */
export const ALL_GUARDS: PayoutGuards = Object.freeze({
  intentBeforeCall: true,
  lostAnswerIsUnknown: true,
  patienceBeforeRelease: true,
  errorsDecideNothing: true,
  missingIsUnknown: true,
  failureIsUnknown: true,
  refusalReleases: true,
  onlyBroadcastCounts: true,
  allTransactionsCount: true,
  expiryDepth: true,
  settleDepth: true,
  fencing: true,
  bisection: true,
  batchRules: true,
  privacyCeiling: true,
  invariantCheck: true,
  pause: true,
  walletGate: true,
  failedScanDecidesNothing: true,
  expiryMargin: true,
  verifyBuilt: true,
  payeesArePaid: true,
});
