import {
  defineMessage,
  field,
  type MessageValue,
  STR0_255,
  U16,
  U32,
  U8,
} from "../../codec/mod.ts";

/** First message of a connection. */
export const SetupConnection = defineMessage({
  protocol: "common",
  name: "SetupConnection",
  direction: "client",
  extensionType: 0,
  msgType: 0x00,
  channelMsg: false,
  summary: "Must be the first message of a connection: what it is for and what the client needs.",
  fields: {
    protocol: field(U8, "0 mining, 1 job declaration, 2 template distribution."),
    minVersion: field(U16, "Least protocol version that the client speaks; 2."),
    maxVersion: field(U16, "Greatest protocol version that the client speaks; 2."),
    flags: field(U32, "What the client requires, a bit each; their meaning depends on `protocol`."),
    endpointHost: field(STR0_255, "Host name or address that the client connected to."),
    endpointPort: field(U16, "Port that the client connected to."),
    vendor: field(STR0_255, "Maker of the device or program; should not be empty."),
    hardwareVersion: field(STR0_255, "Model of the device, or empty."),
    firmware: field(STR0_255, "Firmware or program with its version, or empty."),
    deviceId: field(STR0_255, "Unique name of the device; empty unless telemetry is wanted."),
  },
});
export type SetupConnection = MessageValue<typeof SetupConnection>;

/** The server takes the connection. */
export const SetupConnectionSuccess = defineMessage({
  protocol: "common",
  name: "SetupConnection.Success",
  direction: "server",
  extensionType: 0,
  msgType: 0x01,
  channelMsg: false,
  summary: "The server takes the connection.",
  fields: {
    usedVersion: field(U16, "Protocol version of the connection; 2."),
    flags: field(U32, "What the server requires, a bit each; their meaning depends on `protocol`."),
  },
});
export type SetupConnectionSuccess = MessageValue<typeof SetupConnectionSuccess>;

/** The server refuses the connection and closes it. */
export const SetupConnectionError = defineMessage({
  protocol: "common",
  name: "SetupConnection.Error",
  direction: "server",
  extensionType: 0,
  msgType: 0x02,
  channelMsg: false,
  summary: "The server refuses the connection and closes it after this message.",
  fields: {
    flags: field(
      U32,
      "All bits that the server does not support; 0 when flags are not the reason.",
    ),
    errorCode: field(STR0_255, "Why."),
  },
});
export type SetupConnectionError = MessageValue<typeof SetupConnectionError>;
