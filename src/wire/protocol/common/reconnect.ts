import { defineMessage, field, type MessageValue, STR0_255, U16, U32 } from "../../codec/mod.ts";

/** The server sends the client elsewhere. */
export const Reconnect = defineMessage({
  protocol: "common",
  name: "Reconnect",
  direction: "server",
  extensionType: 0,
  msgType: 0x04,
  channelMsg: false,
  summary: "The client shall connect anew, to this endpoint, under the same authority key.",
  fields: {
    newHost: field(STR0_255, "Host name or address; empty for the same."),
    newPort: field(U16, "Port; 0 for the same."),
  },
});
export type Reconnect = MessageValue<typeof Reconnect>;

/** Something behind a proxy changed ends of a channel. */
export const ChannelEndpointChanged = defineMessage({
  protocol: "common",
  name: "ChannelEndpointChanged",
  direction: "both",
  extensionType: 0,
  msgType: 0x03,
  channelMsg: true,
  summary: "A proxy tells that the far end of a channel changed; extensions are negotiated anew.",
  fields: { channelId: field(U32, "The channel.") },
});
export type ChannelEndpointChanged = MessageValue<typeof ChannelEndpointChanged>;
