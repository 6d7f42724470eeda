/** SV2 frames and messages as a Zcash pool uses them; README.md is the wire specification. */
export type { MessageType, MessageValue } from "../codec/mod.ts";
export * from "./common/reconnect.ts";
export * from "./common/setup_answers.ts";
export * from "./common/setup_connection.ts";
export * from "./constants.ts";
export * from "./error_codes.ts";
export * from "./extensions/equihash.ts";
export * from "./extensions/negotiation.ts";
export * from "./frame.ts";
export * from "./frame_decoder.ts";
export * from "./job_declaration/codes.ts";
export * from "./job_declaration/declare.ts";
export * from "./job_declaration/solutions.ts";
export * from "./job_declaration/tokens.ts";
export * from "./messages.ts";
export * from "./mining/channel_life.ts";
export * from "./mining/open_channel.ts";
export * from "./mining/submit_shares.ts";
