import {
  B0_64K,
  bytes32,
  defineMessage,
  field,
  type MessageValue,
  SEQ0_64K,
  STR0_64K,
  TAIL,
  U256,
  U32,
  U8,
} from "../../codec/mod.ts";
import { EXTENSION_EQUIHASH } from "../constants.ts";

/** The longest transaction that a block can hold (Zcash protocol §7.6, a block's size). */
const TRANSACTION_LENGTH_MAX = 2_000_000;

const TRANSACTION = bytes32(TRANSACTION_LENGTH_MAX);

const REQUEST_HEAD = {
  channelId: field(U32, "On this connection a number of the declarer's own; answers repeat it."),
  requestId: field(U32, "Chosen by the client; the answer repeats it."),
};

const JOB_FIELDS = {
  token: field(B0_64K, "The right to declare, from AllocateMiningJobToken.Success."),
  version: field(U32, "nVersion of the block header."),
  prevHash: field(U256, "hashPrevBlock, internal byte order: the tip."),
  merkleRoot: field(U256, "hashMerkleRoot over the declared coinbase and the transactions."),
  blockCommitments: field(U256, "hashBlockCommitments of the declared block."),
  coinbaseTx: field(TRANSACTION, "The whole declared coinbase transaction."),
  time: field(U32, "nTime, seconds since 1970."),
  bits: field(U32, "nBits: the network's target in compact form."),
};

const TEMPLATE_ID = field(
  TAIL(U32),
  "`template_id` of the DeclarationTemplate that it builds on; nothing means the newest.",
);

const ANSWER_HEAD = {
  channelId: field(U32, "That of the request."),
  requestId: field(U32, "That of the request."),
};

const SUCCESS_FIELDS = {
  ...ANSWER_HEAD,
  jobId: field(U32, "Names the job in shares."),
  shareTarget: field(U256, "A share counts when its hash is at most this little-endian number."),
};

const ERROR_FIELDS = {
  ...ANSWER_HEAD,
  code: field(U8, "Why, see the table of codes."),
  message: field(STR0_64K, "The same for people: what was expected."),
};

/** What a coinbase-only declarer needs to build its block. */
export const DeclarationTemplate = defineMessage({
  protocol: "job_declaration",
  name: "DeclarationTemplate",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x5e,
  channelMsg: false,
  summary:
    "The pool's template: sent after a token and with every new template, from which a coinbase-only declarer builds its block.",
  fields: {
    templateId: field(U32, "Names the template in SetCustomMiningJob."),
    height: field(U32, "Height of the block."),
    version: field(U32, "nVersion of the block header."),
    prevHash: field(U256, "hashPrevBlock, internal byte order."),
    bits: field(U32, "nBits: the network's target in compact form."),
    time: field(U32, "The node's time, seconds since 1970."),
    minTime: field(U32, "The least nTime that the network takes."),
    maxTime: field(U32, "The greatest nTime that the network takes."),
    coinbaseTx: field(
      TRANSACTION,
      "The pool's own coinbase. A declared one equals it but for its scriptSig behind the height, added transparent outputs, and the value of the output that pays the pool.",
    ),
    chainHistoryRoot: field(
      U256,
      "Root of the chain history tree (ZIP 221), for hashBlockCommitments.",
    ),
    txids: field(
      SEQ0_64K(U256),
      "The transactions behind the coinbase, in order, internal byte order.",
    ),
    authDigests: field(SEQ0_64K(U256), "Their auth digests (ZIP 244), in the same order."),
  },
});
export type DeclarationTemplate = MessageValue<typeof DeclarationTemplate>;

/** A declarer's own coinbase over the pool's transactions. */
export const SetCustomMiningJob = defineMessage({
  protocol: "job_declaration",
  name: "SetCustomMiningJob",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x52,
  channelMsg: false,
  summary: "Declares a job: the declarer's coinbase, the pool's transactions.",
  fields: { ...REQUEST_HEAD, ...JOB_FIELDS, templateId: TEMPLATE_ID },
});
export type SetCustomMiningJob = MessageValue<typeof SetCustomMiningJob>;

/** The job is declared. */
export const SetCustomMiningJobSuccess = defineMessage({
  protocol: "job_declaration",
  name: "SetCustomMiningJob.Success",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x53,
  channelMsg: false,
  summary: "The job is declared and may be worked on.",
  fields: SUCCESS_FIELDS,
});
export type SetCustomMiningJobSuccess = MessageValue<typeof SetCustomMiningJobSuccess>;

/** The job was refused. */
export const SetCustomMiningJobError = defineMessage({
  protocol: "job_declaration",
  name: "SetCustomMiningJob.Error",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x54,
  channelMsg: false,
  summary: "The job was refused.",
  fields: ERROR_FIELDS,
});
export type SetCustomMiningJobError = MessageValue<typeof SetCustomMiningJobError>;

/** A declared job that is to be mined on a mining channel. */
export const SetCustomMiningJobOnChannel = defineMessage({
  protocol: "mining",
  name: "SetCustomMiningJob",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x52,
  channelMsg: true,
  summary:
    "Asks to mine a declared job on a channel. This pool refuses it: shares of declared jobs come by SubmitSharesJd.",
  fields: { ...REQUEST_HEAD, ...JOB_FIELDS, templateId: TEMPLATE_ID },
});
export type SetCustomMiningJobOnChannel = MessageValue<typeof SetCustomMiningJobOnChannel>;

/** The job is not mined on the channel. */
export const SetCustomMiningJobOnChannelError = defineMessage({
  protocol: "mining",
  name: "SetCustomMiningJob.Error",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x54,
  channelMsg: true,
  summary: "The job is not mined on the channel. The codes are those of Job Declaration.",
  fields: ERROR_FIELDS,
});

/** A declarer's own block. */
export const SetFullTemplateJob = defineMessage({
  protocol: "job_declaration",
  name: "SetFullTemplateJob",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x56,
  channelMsg: false,
  summary: "Declares a job: the declarer's coinbase and transactions.",
  fields: {
    ...REQUEST_HEAD,
    ...JOB_FIELDS,
    txids: field(
      SEQ0_64K(U256),
      "All transactions behind the coinbase, in order, internal byte order; at most 10,000.",
    ),
    transactions: field(
      SEQ0_64K(TRANSACTION),
      "Those among them that the pool may not know; at most 10,000.",
    ),
  },
});
export type SetFullTemplateJob = MessageValue<typeof SetFullTemplateJob>;

/** The block is declared. */
export const SetFullTemplateJobSuccess = defineMessage({
  protocol: "job_declaration",
  name: "SetFullTemplateJob.Success",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x57,
  channelMsg: false,
  summary: "The job is declared and may be worked on.",
  fields: {
    ...SUCCESS_FIELDS,
    submitter: field(
      U8,
      "0: the pool has the whole block and submits it; 1: the declarer must submit what it finds until told otherwise.",
    ),
  },
});
export type SetFullTemplateJobSuccess = MessageValue<typeof SetFullTemplateJobSuccess>;

/** The block was refused. */
export const SetFullTemplateJobError = defineMessage({
  protocol: "job_declaration",
  name: "SetFullTemplateJob.Error",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x58,
  channelMsg: false,
  summary: "The job was refused.",
  fields: ERROR_FIELDS,
});
export type SetFullTemplateJobError = MessageValue<typeof SetFullTemplateJobError>;

/** The pool lacks transactions of a declared block. */
export const GetMissingTransactions = defineMessage({
  protocol: "job_declaration",
  name: "GetMissingTransactions",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x59,
  channelMsg: false,
  summary: "Asks for transactions of a declared block that the pool does not know.",
  fields: {
    ...ANSWER_HEAD,
    txids: field(SEQ0_64K(U256), "Those that are missing, internal byte order."),
  },
});
export type GetMissingTransactions = MessageValue<typeof GetMissingTransactions>;

/** The missing transactions. */
export const ProvideMissingTransactions = defineMessage({
  protocol: "job_declaration",
  name: "ProvideMissingTransactions",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x5a,
  channelMsg: false,
  summary: "The transactions that GetMissingTransactions asked for, in its order.",
  fields: {
    ...REQUEST_HEAD,
    transactions: field(SEQ0_64K(TRANSACTION), "The whole transactions."),
  },
});
export type ProvideMissingTransactions = MessageValue<typeof ProvideMissingTransactions>;
