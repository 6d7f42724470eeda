/**
 * The numbers of the protocol that are not fields of a message: versions, subprotocols, flags and
 * extensions.
 *
 * @module
 */
import { NONCE_LENGTH } from "../../base/mod.ts";

/** The protocol version of SV2; the only one there is. */
export const PROTOCOL_VERSION = 2;

/** `protocol` of SetupConnection: what the connection is for. */
export const Protocol = {
  mining: 0,
  jobDeclaration: 1,
  templateDistribution: 2,
} as const;

/** `flags` of SetupConnection with `protocol` mining: what the client requires. */
export const MiningSetupFlags = {
  /** The client takes standard jobs only; it is put into no group channel. */
  requiresStandardJobs: 1 << 0,
  /** The client chooses its own work (custom jobs). */
  requiresWorkSelection: 1 << 1,
  /** The client rolls version bits; an Equihash header has none to roll. */
  requiresVersionRolling: 1 << 2,
} as const;

/** `flags` of SetupConnection.Success with `protocol` mining: what the server requires. */
export const MiningSuccessFlags = {
  /** The block version of a job may not be changed. */
  requiresFixedVersion: 1 << 0,
  /** The server opens extended channels only. */
  requiresExtendedChannels: 1 << 1,
} as const;

/** extension_type of the core protocol. */
export const EXTENSION_CORE = 0x0000;

/** extension_type of the extension that negotiates extensions. */
export const EXTENSION_NEGOTIATION = 0x0001;

/**
 * extension_type of Equihash mining. It lies in the experimental range 0x4000 to 0x7fff; on the
 * wire, with the channel bit, it is `5a c5`.
 */
export const EXTENSION_EQUIHASH = 0x455a;

/** Bytes of the nonce in an Equihash header: nonce_1 of the pool, then nonce_2 of the miner. */
export const EQUIHASH_NONCE_LENGTH = NONCE_LENGTH;
