/**
 * What SV2 calls the reasons of the rooms below.
 *
 * @module
 */
import { CloseReason, ErrorCode } from "../../wire/protocol/mod.ts";
import type { OpenRefusal, ServiceRefusal, WishRefusal } from "../channels/mod.ts";
import type { ShareFault } from "../shares/mod.ts";

const WISH_ERROR_CODES = {
  "invalid-hash-rate": ErrorCode.invalidNominalHashrate,
  "max-target-too-hard": ErrorCode.maxTargetOutOfRange,
} as const satisfies Record<WishRefusal, ErrorCode>;

/** Codes of UpdateChannel.Error. */
export const UPDATE_ERROR_CODES: Readonly<Record<WishRefusal, ErrorCode>> = WISH_ERROR_CODES;

/** Codes of OpenMiningChannel.Error. */
export const OPEN_ERROR_CODES: Readonly<Record<OpenRefusal, ErrorCode>> = {
  ...WISH_ERROR_CODES,
  "invalid-user-identity": ErrorCode.invalidUserIdentity,
  "unknown-user": ErrorCode.unknownUser,
  "consent-not-possible": ErrorCode.consentNotPossible,
  "overloaded": ErrorCode.overloaded,
  "nonce-prefix-too-long": ErrorCode.minExtranonceSizeTooLarge,
  "no-capacity": ErrorCode.channelCapacityExhausted,
  "liability-cap": ErrorCode.liabilityCap,
  "banned": ErrorCode.banned,
};

/** Codes of SubmitShares.Error: each fault has its own, so that a miner can tell them apart. */
export const SHARE_ERROR_CODES: Readonly<Record<ShareFault, ErrorCode>> = {
  unknown_channel: ErrorCode.invalidChannelId,
  unknown_job: ErrorCode.invalidJobId,
  stale: ErrorCode.staleShare,
  nonce_length: ErrorCode.badExtranonceSize,
  time: ErrorCode.invalidTime,
  low_difficulty: ErrorCode.difficultyTooLow,
  duplicate: ErrorCode.duplicateShare,
  invalid_solution: ErrorCode.invalidSolution,
  overloaded: ErrorCode.overloaded,
  rate_limited: ErrorCode.rateLimited,
};

/** Reasons of CloseChannel. */
export const CLOSE_REASONS: Readonly<Record<ServiceRefusal, CloseReason>> = {
  "liability-cap": CloseReason.liabilityCap,
};
