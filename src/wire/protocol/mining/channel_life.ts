import {
  B0_32,
  defineMessage,
  F32,
  field,
  type MessageValue,
  SEQ0_64K,
  STR0_255,
  U256,
  U32,
} from "../../codec/mod.ts";

/** The client's hash rate or wish changed. */
export const UpdateChannel = defineMessage({
  protocol: "mining",
  name: "UpdateChannel",
  direction: "client",
  extensionType: 0,
  msgType: 0x16,
  channelMsg: true,
  summary: "Tells a new hash rate or asks for a harder target; answered only by what changes.",
  fields: {
    channelId: field(U32, "The channel."),
    nominalHashRate: field(F32, "Expected solutions a second."),
    maximumTarget: field(U256, "Easiest target that the client takes, little-endian number."),
  },
});
export type UpdateChannel = MessageValue<typeof UpdateChannel>;

/** An update was refused. */
export const UpdateChannelError = defineMessage({
  protocol: "mining",
  name: "UpdateChannel.Error",
  direction: "server",
  extensionType: 0,
  msgType: 0x17,
  channelMsg: true,
  summary: "The update was refused; the channel stays as it was.",
  fields: {
    channelId: field(U32, "The channel of the request."),
    errorCode: field(STR0_255, "Why."),
  },
});
export type UpdateChannelError = MessageValue<typeof UpdateChannelError>;

/** A channel, or every channel of a group, ends. */
export const CloseChannel = defineMessage({
  protocol: "mining",
  name: "CloseChannel",
  direction: "both",
  extensionType: 0,
  msgType: 0x18,
  channelMsg: true,
  summary: "Ends a channel, or with a group's id all channels of the group.",
  fields: {
    channelId: field(U32, "The channel or the group."),
    reasonCode: field(STR0_255, "Why."),
  },
});
export type CloseChannel = MessageValue<typeof CloseChannel>;

/** Later jobs have another nonce prefix. */
export const SetExtranoncePrefix = defineMessage({
  protocol: "mining",
  name: "SetExtranoncePrefix",
  direction: "server",
  extensionType: 0,
  msgType: 0x19,
  channelMsg: true,
  summary: "Another nonce_1 for the jobs that follow.",
  fields: {
    channelId: field(U32, "The channel."),
    extranoncePrefix: field(B0_32, "nonce_1 of the jobs that follow."),
  },
});
export type SetExtranoncePrefix = MessageValue<typeof SetExtranoncePrefix>;

/** Later jobs have another target. */
export const SetTarget = defineMessage({
  protocol: "mining",
  name: "SetTarget",
  direction: "server",
  extensionType: 0,
  msgType: 0x21,
  channelMsg: true,
  summary: "Another target for the jobs that follow; a job keeps the target that it came with.",
  fields: {
    channelId: field(U32, "The channel or the group."),
    maximumTarget: field(U256, "Little-endian number."),
  },
});
export type SetTarget = MessageValue<typeof SetTarget>;

/** Channels are put into a group. */
export const SetGroupChannel = defineMessage({
  protocol: "mining",
  name: "SetGroupChannel",
  direction: "server",
  extensionType: 0,
  msgType: 0x25,
  channelMsg: false,
  summary: "Puts channels into a group, out of the one that they were in.",
  fields: {
    groupChannelId: field(U32, "The group; never the id of a channel."),
    channelIds: field(SEQ0_64K(U32), "The channels."),
  },
});
export type SetGroupChannel = MessageValue<typeof SetGroupChannel>;
