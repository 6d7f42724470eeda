/**
 * The id and the auth digest of v5 transactions (ZIP 244) and of v6 ones (ZIP 229), which differ in
 * two ways: there is a fourth bundle, Ironwood, and the anchors count as authorizing data.
 *
 * @module
 */
import { concatBytes } from "../../base/mod.ts";
import { blake2b256 } from "./hashes.ts";
import {
  ACTION_LENGTH,
  type ActionBundle,
  SAPLING_OUTPUT_LENGTH,
  SAPLING_SPEND_LENGTH,
  type SaplingBundle,
} from "./_shielded_bundles.ts";
import {
  encodeInputScripts,
  encodeOutpoints,
  encodeOutputs,
  encodeSequences,
  encodeU32,
  type TransparentInput,
  type TransparentOutput,
} from "./transparent.ts";

/** What the digests of v5 and v6 are computed from. */
export interface ModernTransaction {
  readonly version: 5 | 6;
  /** The first 20 bytes of v5 and v6: header, group id, branch id, lock time, expiry height. */
  readonly header: Uint8Array;
  readonly consensusBranchId: number;
  readonly inputs: readonly TransparentInput[];
  readonly outputs: readonly TransparentOutput[];
  readonly sapling: SaplingBundle | undefined;
  readonly orchard: ActionBundle | undefined;
  readonly ironwood: ActionBundle | undefined;
}

/** Every node of both digest trees that has children of its own, each 32 bytes. */
export interface TransactionDigests {
  readonly header: Uint8Array;
  readonly transparent: Uint8Array;
  readonly sapling: Uint8Array;
  readonly orchard: Uint8Array;
  /** v6 only. */
  readonly ironwood: Uint8Array | undefined;
  readonly transparentAuth: Uint8Array;
  readonly saplingAuth: Uint8Array;
  readonly orchardAuth: Uint8Array;
  /** v6 only. */
  readonly ironwoodAuth: Uint8Array | undefined;
  readonly txid: Uint8Array;
  readonly authDigest: Uint8Array;
}

/** Personalizations of an Orchard-like bundle. */
interface ActionPersonals {
  readonly bundle: string;
  readonly compact: string;
  readonly memos: string;
  readonly noncompact: string;
  readonly auth: string;
}

const ORCHARD_ACTIONS = {
  compact: "ZTxIdOrcActCHash",
  memos: "ZTxIdOrcActMHash",
  noncompact: "ZTxIdOrcActNHash",
} as const;

const ORCHARD_V5: ActionPersonals = {
  bundle: "ZTxIdOrchardHash",
  ...ORCHARD_ACTIONS,
  auth: "ZTxAuthOrchaHash",
};

const ORCHARD_V6: ActionPersonals = {
  bundle: "ZTxIdOrchardH_v6",
  ...ORCHARD_ACTIONS,
  auth: "ZTxAuthOrchaH_v6",
};

const IRONWOOD: ActionPersonals = {
  bundle: "ZTxIdIronwd_H_v6",
  compact: "ZTxIdIrnActCH_v6",
  memos: "ZTxIdIrnActMH_v6",
  noncompact: "ZTxIdIrnActNH_v6",
  auth: "ZTxAuthIrnwdH_v6",
};

/** Computes both trees. A bundle that is absent counts as the hash of nothing under its name. */
export function digestTransaction(tx: ModernTransaction): TransactionDigests {
  const v6 = tx.version === 6;
  const orchardPersonals = v6 ? ORCHARD_V6 : ORCHARD_V5;
  const nodes = {
    header: blake2b256("ZTxIdHeadersHash", [tx.header]),
    transparent: transparentDigest(tx),
    sapling: saplingDigest(tx.sapling, v6),
    orchard: actionsDigest(tx.orchard, orchardPersonals, v6),
    ironwood: v6 ? actionsDigest(tx.ironwood, IRONWOOD, v6) : undefined,
    transparentAuth: transparentAuthDigest(tx),
    saplingAuth: saplingAuthDigest(tx.sapling, v6),
    orchardAuth: actionsAuthDigest(tx.orchard, orchardPersonals, v6),
    ironwoodAuth: v6 ? actionsAuthDigest(tx.ironwood, IRONWOOD, v6) : undefined,
  };
  const { header, transparent, sapling, orchard, ironwood } = nodes;
  const { transparentAuth, saplingAuth, orchardAuth, ironwoodAuth } = nodes;
  const branchId = tx.consensusBranchId;
  return {
    ...nodes,
    txid: root("ZcashTxHash_", branchId, [header, transparent, sapling, orchard, ironwood]),
    authDigest: root("ZTxAuthHash_", branchId, [
      transparentAuth,
      saplingAuth,
      orchardAuth,
      ironwoodAuth,
    ]),
  };
}

/** A root is personalized by 12 characters and the branch id, so that no upgrade shares it. */
function root(
  prefix: string,
  branchId: number,
  children: readonly (Uint8Array | undefined)[],
): Uint8Array {
  const personal = concatBytes(new TextEncoder().encode(prefix), encodeU32(branchId));
  return blake2b256(personal, children.filter((child) => child !== undefined));
}

function transparentDigest(tx: ModernTransaction): Uint8Array {
  const personal = "ZTxIdTranspaHash";
  if (tx.inputs.length + tx.outputs.length === 0) return blake2b256(personal, []);
  return blake2b256(personal, [
    blake2b256("ZTxIdPrevoutHash", [encodeOutpoints(tx.inputs)]),
    blake2b256("ZTxIdSequencHash", [encodeSequences(tx.inputs)]),
    blake2b256("ZTxIdOutputsHash", [encodeOutputs(tx.outputs)]),
  ]);
}

function transparentAuthDigest(tx: ModernTransaction): Uint8Array {
  return blake2b256("ZTxAuthTransHash", [encodeInputScripts(tx.inputs)]);
}

function saplingDigest(bundle: SaplingBundle | undefined, v6: boolean): Uint8Array {
  const personal = "ZTxIdSaplingHash";
  if (bundle === undefined) return blake2b256(personal, []);
  return blake2b256(personal, [
    saplingSpendsDigest(bundle, v6),
    saplingOutputsDigest(bundle),
    bundle.valueBalance,
  ]);
}

function saplingSpendsDigest(bundle: SaplingBundle, v6: boolean): Uint8Array {
  const personal = "ZTxIdSSpendsHash";
  if (bundle.spendCount === 0) return blake2b256(personal, []);
  const compact: Uint8Array[] = [];
  const noncompact: Uint8Array[] = [];
  for (const spend of pieces(bundle.spends, SAPLING_SPEND_LENGTH)) {
    compact.push(spend.subarray(32, 64));
    noncompact.push(spend.subarray(0, 32));
    if (!v6) noncompact.push(bundle.anchor);
    noncompact.push(spend.subarray(64, 96));
  }
  return blake2b256(personal, [
    blake2b256("ZTxIdSSpendCHash", compact),
    blake2b256(v6 ? "ZTxIdSSpendNH_v6" : "ZTxIdSSpendNHash", noncompact),
  ]);
}

function saplingOutputsDigest(bundle: SaplingBundle): Uint8Array {
  const personal = "ZTxIdSOutputHash";
  if (bundle.outputCount === 0) return blake2b256(personal, []);
  // cv 0..32, cmu and ephemeral key 32..96, note ciphertext 96..676, outgoing ciphertext 676..756.
  // The memo is bytes 52 to 563 of the note ciphertext.
  const outputs = pieces(bundle.outputs, SAPLING_OUTPUT_LENGTH);
  const rest = outputs.flatMap((output) => [output.subarray(0, 32), output.subarray(660)]);
  return blake2b256(personal, [
    blake2b256("ZTxIdSOutC__Hash", outputs.map((output) => output.subarray(32, 148))),
    blake2b256("ZTxIdSOutM__Hash", outputs.map((output) => output.subarray(148, 660))),
    blake2b256("ZTxIdSOutN__Hash", rest),
  ]);
}

function saplingAuthDigest(bundle: SaplingBundle | undefined, v6: boolean): Uint8Array {
  const personal = v6 ? "ZTxAuthSapliH_v6" : "ZTxAuthSapliHash";
  if (bundle === undefined) return blake2b256(personal, []);
  const parts = [
    bundle.spendProofs,
    bundle.spendAuthSigs,
    bundle.outputProofs,
    bundle.bindingSig,
  ];
  return blake2b256(personal, v6 ? [...parts, bundle.anchor] : parts);
}

function actionsDigest(
  bundle: ActionBundle | undefined,
  personals: ActionPersonals,
  v6: boolean,
): Uint8Array {
  if (bundle === undefined) return blake2b256(personals.bundle, []);
  // cv 0..32, nullifier 32..64, rk 64..96, cmx and ephemeral key 96..160, note ciphertext 160..740,
  // outgoing ciphertext 740..820. The memo is bytes 52 to 563 of the note ciphertext.
  const actions = pieces(bundle.actions, ACTION_LENGTH);
  const compact = actions.flatMap((action) => [action.subarray(32, 64), action.subarray(96, 212)]);
  const rest = actions.flatMap((action) => [
    action.subarray(0, 32),
    action.subarray(64, 96),
    action.subarray(724),
  ]);
  const parts = [
    blake2b256(personals.compact, compact),
    blake2b256(personals.memos, actions.map((action) => action.subarray(212, 724))),
    blake2b256(personals.noncompact, rest),
    bundle.flags,
    bundle.valueBalance,
  ];
  return blake2b256(personals.bundle, v6 ? parts : [...parts, bundle.anchor]);
}

function actionsAuthDigest(
  bundle: ActionBundle | undefined,
  personals: ActionPersonals,
  v6: boolean,
): Uint8Array {
  if (bundle === undefined) return blake2b256(personals.auth, []);
  const parts = [bundle.proofs, bundle.spendAuthSigs, bundle.bindingSig];
  return blake2b256(personals.auth, v6 ? [...parts, bundle.anchor] : parts);
}

function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += length) list.push(bytes.subarray(i, i + length));
  return list;
}
