import {
  B0_32,
  defineMessage,
  F32,
  field,
  type MessageValue,
  STR0_255,
  U16,
  U256,
  U32,
} from "../../codec/mod.ts";

const REQUEST_FIELDS = {
  requestId: field(U32, "Chosen by the client, unique on the connection; the answer repeats it."),
  userIdentity: field(
    STR0_255,
    "Who is paid, and for which worker: `address` or `address.worker`.",
  ),
  nominalHashRate: field(F32, "Expected solutions a second; 0 when not known."),
  maxTarget: field(U256, "Easiest target that the client takes, little-endian number."),
};

/** A client asks for a standard channel. */
export const OpenStandardMiningChannel = defineMessage({
  protocol: "mining",
  name: "OpenStandardMiningChannel",
  direction: "client",
  extensionType: 0,
  msgType: 0x10,
  channelMsg: false,
  summary: "Asks for a channel for one device.",
  fields: REQUEST_FIELDS,
});
export type OpenStandardMiningChannel = MessageValue<typeof OpenStandardMiningChannel>;

/** The standard channel is open. */
export const OpenStandardMiningChannelSuccess = defineMessage({
  protocol: "mining",
  name: "OpenStandardMiningChannel.Success",
  direction: "server",
  extensionType: 0,
  msgType: 0x11,
  channelMsg: false,
  summary: "The standard channel is open; a job follows.",
  fields: {
    requestId: field(U32, "That of the request."),
    channelId: field(U32, "The channel's id on this connection."),
    target: field(U256, "First target, little-endian number."),
    extranoncePrefix: field(B0_32, "nonce_1: the first bytes of every nonce of this channel."),
    groupChannelId: field(U32, "The group that the channel belongs to."),
  },
});
export type OpenStandardMiningChannelSuccess = MessageValue<
  typeof OpenStandardMiningChannelSuccess
>;

/** A channel was refused. */
export const OpenMiningChannelError = defineMessage({
  protocol: "mining",
  name: "OpenMiningChannel.Error",
  direction: "server",
  extensionType: 0,
  msgType: 0x12,
  channelMsg: false,
  summary: "The channel, standard or extended, was not opened.",
  fields: {
    requestId: field(U32, "That of the request."),
    errorCode: field(STR0_255, "Why."),
  },
});
export type OpenMiningChannelError = MessageValue<typeof OpenMiningChannelError>;

/** A client asks for an extended channel. */
export const OpenExtendedMiningChannel = defineMessage({
  protocol: "mining",
  name: "OpenExtendedMiningChannel",
  direction: "client",
  extensionType: 0,
  msgType: 0x13,
  channelMsg: false,
  summary: "Asks for a channel that a proxy can divide among devices.",
  fields: {
    ...REQUEST_FIELDS,
    minExtranonceSize: field(U16, "Least bytes of nonce_2 that the client needs."),
  },
});
export type OpenExtendedMiningChannel = MessageValue<typeof OpenExtendedMiningChannel>;

/** The extended channel is open. */
export const OpenExtendedMiningChannelSuccess = defineMessage({
  protocol: "mining",
  name: "OpenExtendedMiningChannel.Success",
  direction: "server",
  extensionType: 0,
  msgType: 0x14,
  channelMsg: false,
  summary: "The extended channel is open; a job follows.",
  fields: {
    requestId: field(U32, "That of the request."),
    channelId: field(U32, "The channel's id on this connection."),
    target: field(U256, "First target, little-endian number."),
    extranonceSize: field(U16, "Bytes of nonce_2: 32 less the length of the prefix."),
    extranoncePrefix: field(B0_32, "nonce_1: the first bytes of every nonce of this channel."),
    groupChannelId: field(U32, "The group that the channel belongs to."),
  },
});
export type OpenExtendedMiningChannelSuccess = MessageValue<
  typeof OpenExtendedMiningChannelSuccess
>;
