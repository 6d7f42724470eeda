/** SV2 frames and messages as a Zcash pool uses them; README.md is the wire specification. */
export { MALFORMED_MESSAGE, type MessageType, type MessageValue } from "../codec/mod.ts";
export * from "./common/reconnect.ts";
export * from "./common/setup_connection.ts";
export * from "./constants.ts";
export * from "./error_codes.ts";
export * from "./extensions/equihash.ts";
export * from "./extensions/negotiation.ts";
export * from "./frame.ts";
export * from "./frame_decoder.ts";
export * from "./frame_dump.ts";
export * from "./message_reference.ts";
export * from "./messages.ts";
export * from "./mining/channel_life.ts";
export * from "./mining/open_channel.ts";
export * from "./mining/submit_shares.ts";
