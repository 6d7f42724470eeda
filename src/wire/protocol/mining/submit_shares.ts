import { defineMessage, field, type MessageValue, STR0_255, U32, U64 } from "../../codec/mod.ts";

/** Shares were accepted. */
export const SubmitSharesSuccess = defineMessage({
  protocol: "mining",
  name: "SubmitShares.Success",
  direction: "server",
  extensionType: 0,
  msgType: 0x1c,
  channelMsg: true,
  summary: "Acknowledges all shares up to a sequence number that were not refused; may be a batch.",
  fields: {
    channelId: field(U32, "The channel."),
    lastSequenceNumber: field(U32, "The newest accepted share."),
    newSubmitsAcceptedCount: field(U32, "Accepted shares since the last acknowledgement."),
    newSharesSum: field(U64, "Sum of their difficulties, rounded down."),
  },
});
export type SubmitSharesSuccess = MessageValue<typeof SubmitSharesSuccess>;

/** A share was refused. */
export const SubmitSharesError = defineMessage({
  protocol: "mining",
  name: "SubmitShares.Error",
  direction: "server",
  extensionType: 0,
  msgType: 0x1d,
  channelMsg: true,
  summary: "One share was refused; sent at once, one for each.",
  fields: {
    channelId: field(U32, "The channel."),
    sequenceNumber: field(U32, "The refused share."),
    errorCode: field(STR0_255, "Why."),
  },
});
export type SubmitSharesError = MessageValue<typeof SubmitSharesError>;
