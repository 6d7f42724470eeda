/**
 * The messages as readers of the wire specification see them: Markdown made from the declarations,
 * so that README.md and the code cannot part.
 *
 * @module
 */
import type { Direction, FieldRow, MessageType } from "../../src/wire/codec/mod.ts";
import { CHANNEL_MSG_BIT } from "../../src/wire/codec/mod.ts";
import { JOB_DECLARATION_MESSAGES, MINING_MESSAGES } from "../../src/wire/protocol/messages.ts";

const SENDERS: Readonly<Record<Direction, string>> = {
  client: "miner",
  server: "pool",
  both: "either",
};

/** What the tables need of a message, whatever its values are. */
type Described = Omit<MessageType<never>, "encode" | "decode" | "describe" | "spans" | "sample">;

/** Every message of a mining connection: an overview, then the fields of each. */
export function messageReference(): string {
  return referenceOf(MINING_MESSAGES);
}

/** What a job declaration connection has beside the messages that a mining connection has too. */
export function declarationReference(): string {
  const shared = new Set<unknown>(MINING_MESSAGES);
  return referenceOf(JOB_DECLARATION_MESSAGES.filter((message) => !shared.has(message)));
}

function referenceOf(messages: readonly Described[]): string {
  return [overview(messages), ...messages.map(section)].join("\n\n");
}

function overview(messages: readonly Described[]): string {
  const rows = messages.map((message) =>
    row([
      `\`${headerBytes(message)}\``,
      hex(message.extensionType, 4),
      hex(message.msgType, 2),
      message.channelMsg ? "1" : "0",
      message.name,
      SENDERS[message.direction],
      range(message.minLength, message.maxLength),
    ])
  );
  return [
    row([
      "on the wire",
      "extension",
      "msg_type",
      "channel bit",
      "message",
      "sent by",
      "payload bytes",
    ]),
    row(["---", "---", "---", "---", "---", "---", "---"]),
    ...rows,
  ].join("\n");
}

function section(message: Described): string {
  return [
    `#### ${message.name}`,
    "",
    message.summary,
    "",
    row(["field", "type", "bytes", "meaning"]),
    row(["---", "---", "---", "---"]),
    ...message.layout.map(fieldRow),
    ...message.rules.flatMap((rule) => ["", `Rule: ${rule}.`]),
  ].join("\n");
}

function fieldRow({ wireName, type, minLength, maxLength, doc }: FieldRow): string {
  return row([`\`${wireName}\``, type, range(minLength, maxLength), doc]);
}

/** The three bytes of a header in front of the length. */
function headerBytes(message: Described): string {
  const extension = message.extensionType | (message.channelMsg ? CHANNEL_MSG_BIT : 0);
  return [extension & 0xff, extension >>> 8, message.msgType].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join(" ");
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

function range(least: number, most: number): string {
  return least === most ? `${least}` : `${least} to ${most}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
