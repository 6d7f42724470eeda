/** SV2 data types, and how a message is declared once. */
export * from "./byte_strings.ts";
export * from "./field_rule.ts";
export * from "./frame_header.ts";
export * from "./message.ts";
export * from "./message_type.ts";
export * from "./numbers.ts";
export * from "./sequences.ts";
export * from "./text.ts";
export * from "./wire_reader.ts";
export * from "./wire_type.ts";
export * from "./wire_writer.ts";
