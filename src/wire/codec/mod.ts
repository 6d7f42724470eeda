/**
 * SV2 data types, and how a message is declared once.
 *
 * @example
 * ```ts
 * import { defineMessage, field, type MessageValue, U256, U32 } from "./mod.ts";
 *
 * const SetTarget = defineMessage({
 *   protocol: "mining",
 *   name: "SetTarget",
 *   direction: "server",
 *   extensionType: 0,
 *   msgType: 0x21,
 *   channelMsg: true,
 *   summary: "New target for the jobs that follow.",
 *   fields: {
 *     channelId: field(U32, "The channel."),
 *     maximumTarget: field(U256, "Little-endian number."),
 *   },
 * });
 * type SetTarget = MessageValue<typeof SetTarget>; // { channelId: number; maximumTarget: Uint8Array }
 *
 * const frame: Uint8Array = SetTarget.encode({ channelId: 1, maximumTarget: new Uint8Array(32) });
 * const { channelId }: SetTarget = SetTarget.decode(frame.subarray(6));
 * if (channelId !== 1) throw new Error("a message comes back as it was");
 * ```
 *
 * @module
 */
export * from "./byte_strings.ts";
export * from "./field_rule.ts";
export * from "./frame_header.ts";
export * from "./message.ts";
export * from "./message_type.ts";
export * from "./numbers.ts";
export * from "./sequences.ts";
export * from "./text.ts";
export * from "./wire_fault.ts";
export * from "./wire_reader.ts";
export * from "./wire_type.ts";
export * from "./wire_writer.ts";
