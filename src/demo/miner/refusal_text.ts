import { ErrorCode } from "../../wire/protocol/mod.ts";
import type { SetupStep } from "./miner_event.ts";

const STEPS: Readonly<Record<SetupStep, string>> = {
  setup: "the connection",
  extensions: "the extension for Equihash",
  channel: "the channel",
};

/** What the codes of refusals mean for whoever started the miner. */
const MEANINGS: Readonly<Partial<Record<string, string>>> = {
  [ErrorCode.unsupportedFeatureFlags]: "it does not offer what was asked for",
  [ErrorCode.unsupportedProtocol]: "it does not serve miners on this port",
  [ErrorCode.protocolVersionMismatch]: "it speaks another version of the protocol",
  [ErrorCode.extensionNotNegotiated]: "it was not asked for the extension for Equihash",
  "extension-not-supported": "it is no pool for Zcash",
  [ErrorCode.unknownUser]: "it has no account of this name",
  [ErrorCode.invalidUserIdentity]:
    "the address is not one of this pool's network, or it or the worker's name is misspelled",
  [ErrorCode.minExtranonceSizeTooLarge]: "it leaves miners a smaller part of the nonce",
  [ErrorCode.channelCapacityExhausted]: "it is full",
  "no-work-available": "it has no work at present",
  [ErrorCode.overloaded]: "it could not look the name up at present",
  [ErrorCode.banned]: "too many wrong shares came from here; it will take them again later",
  [ErrorCode.consentNotPossible]:
    "the mark #coinbase is only for a transparent address: leave it out, or use such an address",
  [ErrorCode.liabilityCap]: "it owes its miners as much as its owner allows",
  [ErrorCode.invalidNominalHashrate]: "the hash rate that was told makes no sense",
  [ErrorCode.maxTargetOutOfRange]: "the target that was asked for is out of its limits",
};

/** A refusal for people: what was refused, the pool's code, and what it means where that is known. */
export function refusalText(step: SetupStep, code: string): string {
  const meaning = Object.hasOwn(MEANINGS, code) ? `: ${MEANINGS[code]}` : "";
  return `the pool refused ${STEPS[step]}: ${code}${meaning}`;
}
