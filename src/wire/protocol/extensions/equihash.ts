import { SOLUTION_LENGTH } from "../../../base/mod.ts";
import {
  B0_32,
  BOOL,
  defineMessage,
  field,
  fixedBytes,
  type MessageValue,
  U256,
  U32,
  U8,
  withRule,
} from "../../codec/mod.ts";
import { EQUIHASH_NONCE_LENGTH, EXTENSION_EQUIHASH } from "../constants.ts";

const NewEquihashJobFields = defineMessage({
  protocol: "mining",
  name: "NewEquihashJob",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x20,
  channelMsg: true,
  summary: "Work for a channel: every field of the block header but nonce_2 and the solution.",
  fields: {
    channelId: field(U32, "The channel that shall work on it."),
    jobId: field(
      U32,
      "Names the job in SubmitEquihashShare; unique among the channel's live jobs.",
    ),
    futureJob: field(
      BOOL,
      "Always false: a header commits to its parent, so no job can precede it.",
    ),
    version: field(U32, "nVersion of the block header."),
    prevHash: field(U256, "hashPrevBlock, internal byte order."),
    merkleRoot: field(U256, "hashMerkleRoot, internal byte order."),
    blockCommitments: field(U256, "hashBlockCommitments, as in the header."),
    nonce1: field(B0_32, "The first bytes of the header's nonce; they equal extranonce_prefix."),
    nonce2Len: field(
      U8,
      "Bytes of the nonce that the miner chooses: 32 less the length of nonce_1.",
    ),
    time: field(U32, "nTime, seconds since 1970."),
    bits: field(U32, "nBits: the network's target in compact form."),
    target: field(U256, "A share counts when its hash is at most this little-endian number."),
    cleanJobs: field(BOOL, "True: all earlier jobs of the channel are dead; stop work on them."),
  },
});

/** Work for a channel. */
export const NewEquihashJob = withRule(NewEquihashJobFields, {
  sentence: `length of nonce_1 plus nonce_2_len must be ${EQUIHASH_NONCE_LENGTH}`,
  holds: (job) => job.nonce1.length + job.nonce2Len === EQUIHASH_NONCE_LENGTH,
  repair: (job) => ({ ...job, nonce2Len: EQUIHASH_NONCE_LENGTH - job.nonce1.length }),
});
export type NewEquihashJob = MessageValue<typeof NewEquihashJob>;

/** A solution that a miner found. */
export const SubmitEquihashShare = defineMessage({
  protocol: "mining",
  name: "SubmitEquihashShare",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x21,
  channelMsg: true,
  summary: "A solution whose block hash is at most the target of its job.",
  fields: {
    channelId: field(U32, "The channel of the job."),
    sequenceNumber: field(U32, "Counts the submissions of the channel; the answer refers to it."),
    jobId: field(U32, "The job that was solved."),
    nonce2: field(B0_32, "The miner's part of the nonce, nonce_2_len bytes."),
    time: field(U32, "nTime of the solved header."),
    solution: field(
      fixedBytes(SOLUTION_LENGTH),
      "The minimal-form solution, without the compact size in front.",
    ),
  },
});
export type SubmitEquihashShare = MessageValue<typeof SubmitEquihashShare>;
