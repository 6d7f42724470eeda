import { type StratumError, StratumErrorCode } from "../../wire/stratum/mod.ts";
import type { OpenRefusal } from "../channels/mod.ts";
import type { ShareFault } from "../shares/mod.ts";

/** The error triple of each fault of a share. */
export const SHARE_ERRORS: Readonly<Record<ShareFault, StratumError>> = {
  unknown_channel: { code: StratumErrorCode.notSubscribed, message: "Not subscribed" },
  unknown_job: { code: StratumErrorCode.jobNotFound, message: "Job not found" },
  stale: { code: StratumErrorCode.jobNotFound, message: "Job not found (=stale)" },
  nonce_length: {
    code: StratumErrorCode.other,
    message: "NONCE_1 and NONCE_2 do not make 32 bytes together",
  },
  time: { code: StratumErrorCode.other, message: "Time is outside of what the network allows" },
  low_difficulty: { code: StratumErrorCode.lowDifficultyShare, message: "Low difficulty share" },
  duplicate: { code: StratumErrorCode.duplicateShare, message: "Duplicate share" },
  invalid_solution: { code: StratumErrorCode.other, message: "Invalid solution" },
  overloaded: {
    code: StratumErrorCode.other,
    message: "The pool could not check the share in time",
  },
  rate_limited: {
    code: StratumErrorCode.other,
    message: "Too many shares a second on this connection",
  },
};

/** Why a worker is not let in: what the miner's user reads. */
export const OPEN_ERRORS: Readonly<Record<OpenRefusal, StratumError>> = {
  "invalid-user-identity": {
    code: StratumErrorCode.unauthorizedWorker,
    message: "The user is not an address that this pool can pay: use ADDRESS or ADDRESS.WORKER",
  },
  "unknown-user": {
    code: StratumErrorCode.unauthorizedWorker,
    message: "The user is neither an address nor an account of this pool",
  },
  "consent-not-possible": {
    code: StratumErrorCode.unauthorizedWorker,
    message: "A block's coinbase pays transparent addresses (t1, t3) only: log in with one, or " +
      "leave #coinbase and coinbase=yes out",
  },
  "overloaded": {
    code: StratumErrorCode.other,
    message: "The pool could not check the user in time: try again",
  },
  "invalid-hash-rate": { code: StratumErrorCode.other, message: "The hash rate is out of range" },
  "max-target-too-hard": {
    code: StratumErrorCode.other,
    message: "The least difficulty (md=) is above the pool's greatest difficulty",
  },
  "liability-cap": {
    code: StratumErrorCode.other,
    message: "The pool takes no further work now, because it owes as much as it lets itself owe",
  },
  "nonce-prefix-too-long": { code: StratumErrorCode.other, message: "NONCE_1 is too long" },
  "banned": {
    code: StratumErrorCode.unauthorizedWorker,
    message: "Turned away for wrong shares or messages: check the machine and try again later",
  },
  "no-capacity": { code: StratumErrorCode.other, message: "The pool is full: try again later" },
};

/** Before anything else a miner has to subscribe. */
export const NOT_SUBSCRIBED: StratumError = {
  code: StratumErrorCode.notSubscribed,
  message: "Not subscribed",
};

/** The worker of a share was not authorized on this connection. */
export const UNAUTHORIZED: StratumError = {
  code: StratumErrorCode.unauthorizedWorker,
  message: "Unauthorized worker",
};

/** A connection has as many workers as it may have. */
export const TOO_MANY_WORKERS: StratumError = {
  code: StratumErrorCode.other,
  message: "This connection has too many workers: open another one",
};
