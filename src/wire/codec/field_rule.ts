import { malformed } from "./_malformed.ts";
import type { MessageType } from "./message_type.ts";

/** A rule that ties several fields of a message together. */
export interface FieldRule<T> {
  /** The rule in one sentence, for the wire specification and the error. */
  readonly sentence: string;
  /** Whether a value keeps the rule. */
  holds(value: T): boolean;
  /** Makes a random value keep the rule; for test values only. */
  repair(value: T): T;
}

/**
 * The same message with a rule across its fields: checked when decoding (ProtocolError) and when
 * encoding (RangeError).
 */
export function withRule<T, N extends string>(
  message: MessageType<T, N>,
  rule: FieldRule<T>,
): MessageType<T, N> {
  return {
    ...metadataOf(message),
    rules: [...message.rules, rule.sentence],
    encode(value) {
      if (!rule.holds(value)) {
        throw new RangeError(
          `Cannot encode ${message.protocol}.${message.name}: ${rule.sentence}`,
        );
      }
      return message.encode(value);
    },
    decode(payload) {
      const value = message.decode(payload);
      if (!rule.holds(value)) throw malformed(message, `: ${rule.sentence}`);
      return value;
    },
    describe: (value) => message.describe(value),
    spans: (payload) => message.spans(payload),
    sample: (random) => rule.repair(message.sample(random)),
  };
}

function metadataOf<T, N extends string>(message: MessageType<T, N>) {
  const { protocol, name, direction, extensionType, msgType, channelMsg, summary } = message;
  const { rules, layout, minLength, maxLength } = message;
  return {
    protocol,
    name,
    direction,
    extensionType,
    msgType,
    channelMsg,
    summary,
    rules,
    layout,
    minLength,
    maxLength,
  };
}
