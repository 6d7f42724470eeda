/**
 * Which messages there are on a connection of which subprotocol, and the way from a frame to a
 * message's value.
 *
 * @module
 */
import { ProtocolError } from "../../base/mod.ts";
import { MALFORMED_MESSAGE, type MessageType, type MessageValue } from "../codec/mod.ts";
import { ChannelEndpointChanged, Reconnect } from "./common/reconnect.ts";
import {
  SetupConnection,
  SetupConnectionError,
  SetupConnectionSuccess,
} from "./common/setup_connection.ts";
import { EXTENSION_CORE, EXTENSION_NEGOTIATION } from "./constants.ts";
import { NewEquihashJob, SubmitEquihashShare } from "./extensions/equihash.ts";
import {
  RequestExtensions,
  RequestExtensionsError,
  RequestExtensionsSuccess,
} from "./extensions/negotiation.ts";
import type { Frame } from "./frame.ts";
import {
  DeclarationTemplate,
  GetMissingTransactions,
  ProvideMissingTransactions,
  SetCustomMiningJob,
  SetCustomMiningJobError,
  SetCustomMiningJobOnChannel,
  SetCustomMiningJobOnChannelError,
  SetCustomMiningJobSuccess,
  SetFullTemplateJob,
  SetFullTemplateJobError,
  SetFullTemplateJobSuccess,
} from "./job_declaration/declare.ts";
import {
  PushSolution,
  SubmitSharesJd,
  SubmitSharesJdResponse,
} from "./job_declaration/solutions.ts";
import {
  AllocateMiningJobToken,
  AllocateMiningJobTokenError,
  AllocateMiningJobTokenSuccess,
} from "./job_declaration/tokens.ts";
import {
  CloseChannel,
  SetExtranoncePrefix,
  SetGroupChannel,
  SetTarget,
  UpdateChannel,
  UpdateChannelError,
} from "./mining/channel_life.ts";
import {
  OpenExtendedMiningChannel,
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
  OpenStandardMiningChannel,
  OpenStandardMiningChannelSuccess,
} from "./mining/open_channel.ts";
import { SubmitSharesError, SubmitSharesSuccess } from "./mining/submit_shares.ts";

/** Every message of a mining connection, in the order of the wire specification. */
export const MINING_MESSAGES = [
  SetupConnection,
  SetupConnectionSuccess,
  SetupConnectionError,
  ChannelEndpointChanged,
  Reconnect,
  RequestExtensions,
  RequestExtensionsSuccess,
  RequestExtensionsError,
  OpenStandardMiningChannel,
  OpenStandardMiningChannelSuccess,
  OpenMiningChannelError,
  OpenExtendedMiningChannel,
  OpenExtendedMiningChannelSuccess,
  UpdateChannel,
  UpdateChannelError,
  CloseChannel,
  SetExtranoncePrefix,
  SubmitSharesSuccess,
  SubmitSharesError,
  SetTarget,
  SetGroupChannel,
  NewEquihashJob,
  SubmitEquihashShare,
  SetCustomMiningJobOnChannel,
  SetCustomMiningJobOnChannelError,
] as const;

/** Every message of a job declaration connection, in the order of the wire specification. */
export const JOB_DECLARATION_MESSAGES = [
  SetupConnection,
  SetupConnectionSuccess,
  SetupConnectionError,
  Reconnect,
  RequestExtensions,
  RequestExtensionsSuccess,
  RequestExtensionsError,
  AllocateMiningJobToken,
  AllocateMiningJobTokenSuccess,
  AllocateMiningJobTokenError,
  DeclarationTemplate,
  SetCustomMiningJob,
  SetCustomMiningJobSuccess,
  SetCustomMiningJobError,
  SetFullTemplateJob,
  SetFullTemplateJobSuccess,
  SetFullTemplateJobError,
  GetMissingTransactions,
  ProvideMissingTransactions,
  PushSolution,
  SubmitSharesJd,
  SubmitSharesJdResponse,
] as const;

/** Messages that a program can receive, by subprotocol. */
const MESSAGES = { mining: MINING_MESSAGES, job_declaration: JOB_DECLARATION_MESSAGES } as const;

/** A subprotocol whose messages are declared. */
export type ProtocolName = keyof typeof MESSAGES;

type Decoded<M> = M extends MessageType<infer _T, infer N>
  ? { readonly name: N; readonly type: M; readonly value: MessageValue<M> }
  : never;

/** A decoded message; `name` tells which, and narrows `value`. */
export type DecodedMessage<P extends ProtocolName> = Decoded<(typeof MESSAGES)[P][number]>;

// deno-lint-ignore no-explicit-any -- messages of any value stand in one table; names narrow them.
type AnyMessage = MessageType<any>;

function keyOf(extensionType: number, msgType: number): number {
  return (extensionType << 8) | msgType;
}

const BY_NUMBER: Readonly<Record<ProtocolName, ReadonlyMap<number, AnyMessage>>> = {
  mining: byNumber(MINING_MESSAGES),
  job_declaration: byNumber(JOB_DECLARATION_MESSAGES),
};

function byNumber(messages: readonly AnyMessage[]): ReadonlyMap<number, AnyMessage> {
  return new Map(messages.map((m) => [keyOf(m.extensionType, m.msgType), m]));
}

/**
 * The declared message of a frame's numbers.
 *
 * The channel bit of core and negotiation messages is not looked at: the specification changed it
 * for some of them, so that older peers set it otherwise. The other extensions are exact.
 *
 * @returns undefined when no message has these numbers; such a frame is discarded.
 * @throws {ProtocolError} when an extension's message comes with the wrong channel bit: its first
 *   four bytes would mean something else to every proxy on the way.
 */
export function messageTypeOf(
  protocol: ProtocolName,
  frame: Omit<Frame, "payload">,
): AnyMessage | undefined {
  const { extensionType, msgType, channelMsg } = frame;
  const type = BY_NUMBER[protocol].get(keyOf(extensionType, msgType));
  if (type === undefined || type.channelMsg === channelMsg) return type;
  if (extensionType === EXTENSION_CORE || extensionType === EXTENSION_NEGOTIATION) return type;
  throw new ProtocolError(
    MALFORMED_MESSAGE,
    `${type.protocol}.${type.name}: channel bit ${type.channelMsg ? "must" : "must not"} be set`,
    "drop_connection",
  );
}

/**
 * Decodes the message of a frame.
 *
 * @returns undefined for numbers that no declared message has: unknown messages and extensions
 *   are discarded without an answer.
 * @throws {ProtocolError} `malformed-message` when the payload does not fit the message.
 */
export function decodeMessage<P extends ProtocolName>(
  protocol: P,
  frame: Frame,
): DecodedMessage<P> | undefined {
  const type = messageTypeOf(protocol, frame);
  if (type === undefined) return undefined;
  const value: unknown = type.decode(frame.payload);
  return { name: type.name, type, value } as DecodedMessage<P>;
}
