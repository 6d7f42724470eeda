/**
 * The texts of `error_code` and `reason_code`: printable ASCII, part of the wire protocol. A
 * receiver that does not know one only logs it.
 *
 * @module
 */

/** Codes of the error answers, by the message that carries them. */
export const ErrorCode = {
  // SetupConnection.Error
  unsupportedFeatureFlags: "unsupported-feature-flags",
  unsupportedProtocol: "unsupported-protocol",
  protocolVersionMismatch: "protocol-version-mismatch",
  // OpenMiningChannel.Error
  extensionNotNegotiated: "extension-not-negotiated",
  unknownUser: "unknown-user",
  consentNotPossible: "consent-not-possible",
  invalidUserIdentity: "invalid-user-identity",
  minExtranonceSizeTooLarge: "min-extranonce-size-too-large",
  channelCapacityExhausted: "channel-capacity-exhausted",
  liabilityCap: "liability-cap",
  banned: "banned",
  // OpenMiningChannel.Error and UpdateChannel.Error
  invalidNominalHashrate: "invalid-nominal-hashrate",
  maxTargetOutOfRange: "max-target-out-of-range",
  // UpdateChannel.Error and SubmitShares.Error
  invalidChannelId: "invalid-channel-id",
  // SubmitShares.Error
  invalidJobId: "invalid-job-id",
  staleShare: "stale-share",
  duplicateShare: "duplicate-share",
  difficultyTooLow: "difficulty-too-low",
  badExtranonceSize: "bad-extranonce-size",
  invalidTime: "invalid-time",
  invalidSolution: "invalid-solution",
  overloaded: "overloaded",
  rateLimited: "rate-limited",
} as const;

/** One of {@link ErrorCode}. */
export type ErrorCode = typeof ErrorCode[keyof typeof ErrorCode];

/**
 * Texts of `reason_code` in CloseChannel. A pool that stops says Reconnect, and one without work
 * ends the connection: neither needs a reason here.
 */
export const CloseReason = {
  /** The client closes it. */
  clientRequest: "client-request",
  /** The pool owes its miners as much as it lets itself owe, and takes no further paid work. */
  liabilityCap: "liability-cap",
} as const;

/** One of {@link CloseReason}. */
export type CloseReason = typeof CloseReason[keyof typeof CloseReason];
