import {
  B0_64K,
  BOOL,
  defineMessage,
  field,
  type MessageValue,
  STR0_64K,
  TAIL,
  U32,
  U8,
} from "../../codec/mod.ts";
import { EXTENSION_EQUIHASH } from "../constants.ts";

/** What a declarer may choose in its jobs; the value of `requested_mode` and `granted_mode`. */
export const DeclarationMode = {
  /** The coinbase only; the transactions are the pool's. */
  coinbaseOnly: 0,
  /** The transactions too. */
  fullTemplate: 1,
} as const;

/** A declarer asks for the right to declare. */
export const AllocateMiningJobToken = defineMessage({
  protocol: "job_declaration",
  name: "AllocateMiningJobToken",
  direction: "client",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x50,
  channelMsg: false,
  summary: "Asks for a token, the right to declare jobs.",
  fields: {
    requestId: field(U32, "Chosen by the client; the answer repeats it."),
    userIdentifier: field(
      STR0_64K,
      "Who is paid, `address` or `address.worker`, at most 255 bytes: as `user_identity` on a mining connection.",
    ),
    requestedMode: field(TAIL(U8), "0 coinbase-only, 1 full-template; nothing means 0."),
  },
});
export type AllocateMiningJobToken = MessageValue<typeof AllocateMiningJobToken>;

/** A token. */
export const AllocateMiningJobTokenSuccess = defineMessage({
  protocol: "job_declaration",
  name: "AllocateMiningJobToken.Success",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x51,
  channelMsg: false,
  summary: "A token, and what the coinbase of its jobs must pay.",
  fields: {
    requestId: field(U32, "That of the request."),
    token: field(B0_64K, "24 bytes that name the right to declare; keep them secret."),
    coinbaseOutput: field(
      B0_64K,
      "Script of the pool's output: the declared coinbase must pay it.",
    ),
    coinbaseOutputMaxAdditionalSize: field(
      U32,
      "Bytes that the declared coinbase may be longer than that of the pool's template.",
    ),
    asyncMiningAllowed: field(
      BOOL,
      "Whether work may begin before the declaration is answered. Always false: no share of an unanswered job is credited.",
    ),
    grantedMode: field(TAIL(U8), "0 coinbase-only, 1 full-template."),
  },
});
export type AllocateMiningJobTokenSuccess = MessageValue<typeof AllocateMiningJobTokenSuccess>;

/** No token. */
export const AllocateMiningJobTokenError = defineMessage({
  protocol: "job_declaration",
  name: "AllocateMiningJobToken.Error",
  direction: "server",
  extensionType: EXTENSION_EQUIHASH,
  msgType: 0x5d,
  channelMsg: false,
  summary: "No token was given.",
  fields: {
    requestId: field(U32, "That of the request."),
    code: field(U8, "Why, see the table of codes."),
    message: field(STR0_64K, "The same for people."),
  },
});
export type AllocateMiningJobTokenError = MessageValue<typeof AllocateMiningJobTokenError>;
