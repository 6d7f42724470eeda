import {
  defineMessage,
  field,
  fixedBytes,
  GROUP,
  type MessageValue,
  SEQ0_64K,
  U16,
  U256,
  U32,
  U8,
} from "../../codec/mod.ts";
import { SOLUTION_LENGTH } from "../../../base/mod.ts";
import { EQUIHASH_NONCE_LENGTH, EXTENSION_EQUIHASH } from "../constants.ts";

/** Shares in one SubmitSharesJd at the most. */
export const DECLARED_SHARES_MAX = 64;

const NONCE = fixedBytes(EQUIHASH_NONCE_LENGTH, "BYTES[32]");
const SOLUTION = fixedBytes(SOLUTION_LENGTH);

const DECLARED_SHARE = GROUP(
  "SHARE{version U32, time U32, nonce BYTES[32], solution BYTES[1344]}",
  {
    version: U32,
    time: U32,
    nonce: NONCE,
    solution: SOLUTION,
  },
);

/** A block of a declared job. */
export const PushSolution = defineMessage({
  protocol: "job_declaration",
  name: "PushSolution",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x55,
  channelMsg: false,
  summary:
    "A solution of a declared job that meets the network's target: the pool submits the block. It counts as a share, once; there is no answer.",
  fields: {
    channelId: field(U32, "That of the declaration."),
    jobId: field(U32, "The declared job."),
    version: field(U32, "nVersion of the solved header."),
    time: field(U32, "nTime of the solved header."),
    nonce: field(U256, "The whole nonce of the header."),
    solution: field(SOLUTION, "The minimal-form solution, without the compact size in front."),
  },
});
export type PushSolution = MessageValue<typeof PushSolution>;

/** Shares of a declared job. */
export const SubmitSharesJd = defineMessage({
  protocol: "job_declaration",
  name: "SubmitSharesJd",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x5b,
  channelMsg: false,
  summary: `Shares of a declared job, 1 to ${DECLARED_SHARES_MAX} of them.`,
  fields: {
    channelId: field(U32, "That of the declaration."),
    requestId: field(U32, "Chosen by the client; the answer repeats it."),
    jobId: field(U32, "The declared job."),
    shares: field(
      SEQ0_64K(DECLARED_SHARE),
      "The solved headers' own fields, one share after another.",
    ),
  },
});
export type SubmitSharesJd = MessageValue<typeof SubmitSharesJd>;

/** What became of the shares. */
export const SubmitSharesJdResponse = defineMessage({
  protocol: "job_declaration",
  name: "SubmitSharesJd.Response",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x5c,
  channelMsg: false,
  summary: "How many shares of a SubmitSharesJd count.",
  fields: {
    channelId: field(U32, "That of the request."),
    requestId: field(U32, "That of the request."),
    accepted: field(U16, "Shares that count."),
    rejected: field(U16, "Shares that do not."),
    firstError: field(U8, "Why the first refused share of the batch was refused, see the table."),
  },
});
export type SubmitSharesJdResponse = MessageValue<typeof SubmitSharesJdResponse>;
