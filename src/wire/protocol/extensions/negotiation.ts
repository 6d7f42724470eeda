import { defineMessage, field, type MessageValue, SEQ0_64K, U16 } from "../../codec/mod.ts";
import { EXTENSION_NEGOTIATION } from "../constants.ts";

/** The client says which extensions it wants to use. */
export const RequestExtensions = defineMessage({
  protocol: "extensions",
  name: "RequestExtensions",
  direction: "client",
  extensionType: EXTENSION_NEGOTIATION,
  msgType: 0x00,
  channelMsg: false,
  summary: "Sent right after SetupConnection.Success: the extensions that the client wants.",
  fields: {
    requestId: field(U16, "Chosen by the client; the answer repeats it."),
    requestedExtensions: field(SEQ0_64K(U16), "Ids of extensions."),
  },
});
export type RequestExtensions = MessageValue<typeof RequestExtensions>;

/** The extensions of the connection. */
export const RequestExtensionsSuccess = defineMessage({
  protocol: "extensions",
  name: "RequestExtensions.Success",
  direction: "server",
  extensionType: EXTENSION_NEGOTIATION,
  msgType: 0x01,
  channelMsg: false,
  summary: "The extensions that are in use from now on.",
  fields: {
    requestId: field(U16, "That of the request."),
    supportedExtensions: field(SEQ0_64K(U16), "Those of the requested ids that the server has."),
  },
});
export type RequestExtensionsSuccess = MessageValue<typeof RequestExtensionsSuccess>;

/** The server has none of the extensions, or misses one that it requires. */
export const RequestExtensionsError = defineMessage({
  protocol: "extensions",
  name: "RequestExtensions.Error",
  direction: "server",
  extensionType: EXTENSION_NEGOTIATION,
  msgType: 0x02,
  channelMsg: false,
  summary:
    "No requested extension is supported, or one that the server requires was not requested.",
  fields: {
    requestId: field(U16, "That of the request."),
    unsupportedExtensions: field(SEQ0_64K(U16), "Requested ids that the server does not have."),
    requiredExtensions: field(SEQ0_64K(U16), "Ids that the server requires and that were missing."),
  },
});
export type RequestExtensionsError = MessageValue<typeof RequestExtensionsError>;
