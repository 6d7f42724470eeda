import { bech32, bech32m, createBase58check } from "@scure/base";
import { createHash } from "node:crypto";
import { AddressError } from "./address_error.ts";
import { p2pkhScript, p2shScript } from "./script.ts";
import {
  type AddressExpiry,
  readUnified,
  type UnifiedForm,
  type UnifiedReceivers,
} from "./_unified_address.ts";

/** Which chain an address belongs to. Transparent ones of test and regtest look alike. */
export type AddressNetwork = "main" | "test" | "regtest";

/** The forms of address that can be paid; TEX only from transparent funds (ZIP 320). */
export type AddressKind = "p2pkh" | "p2sh" | "sapling" | "unified" | "tex";

/** An address whose text is right. */
export interface Address {
  readonly kind: AddressKind;
  readonly network: AddressNetwork;
  /** One text for each address: Bech32 forms in lower case. */
  readonly canonical: string;
  /** What a transparent output to it carries; also of a Unified Address without shielded receiver. */
  readonly scriptPubKey?: Uint8Array;
  /** What the last transaction of a payment to it pays to (ZIP 320); tex only. */
  readonly texScript?: Uint8Array;
  /** What a Unified Address holds; unified only. */
  readonly receivers?: UnifiedReceivers;
  /** Until when it may be paid; unified only. See {@link hasExpired}. */
  readonly expiry?: AddressExpiry;
}

/**
 * A Unified Address with every receiver that is known has 213 characters. Longer ones may have
 * receivers that are not, so the bound is generous; it keeps a peer from having much decoded.
 */
const TEXT_LENGTH_MAX = 1000;

interface Base58Form {
  readonly version: readonly [number, number];
  readonly kind: "p2pkh" | "p2sh" | "sprout";
  /** Test networks share their transparent forms. */
  readonly main: boolean;
  readonly length: number;
}

/** Zcash protocol §5.6.1.1 and §5.6.3. */
const BASE58_FORMS: readonly Base58Form[] = [
  { version: [0x1c, 0xb8], kind: "p2pkh", main: true, length: 20 },
  { version: [0x1c, 0xbd], kind: "p2sh", main: true, length: 20 },
  { version: [0x16, 0x9a], kind: "sprout", main: true, length: 64 },
  { version: [0x1d, 0x25], kind: "p2pkh", main: false, length: 20 },
  { version: [0x1c, 0xba], kind: "p2sh", main: false, length: 20 },
  { version: [0x16, 0xb6], kind: "sprout", main: false, length: 64 },
];

type Bech32Form =
  | { readonly kind: "sapling" | "tex"; readonly network: AddressNetwork }
  | { readonly kind: "unified"; readonly network: AddressNetwork; readonly form: UnifiedForm };

const REVISION_0: UnifiedForm = { revision: 0, transparent: true };
/** Revision 2 shows in its prefix whether a transparent receiver may be inside. */
const SHIELDED_2: UnifiedForm = { revision: 2, transparent: false };
const TRANSPARENT_2: UnifiedForm = { revision: 2, transparent: true };

/** Zcash protocol §5.6.3.1, ZIP 316, ZIP 320. */
const BECH32_FORMS: ReadonlyMap<string, Bech32Form> = new Map<string, Bech32Form>([
  ["zs", { kind: "sapling", network: "main" }],
  ["ztestsapling", { kind: "sapling", network: "test" }],
  ["zregtestsapling", { kind: "sapling", network: "regtest" }],
  ["u", { kind: "unified", network: "main", form: REVISION_0 }],
  ["utest", { kind: "unified", network: "test", form: REVISION_0 }],
  ["uregtest", { kind: "unified", network: "regtest", form: REVISION_0 }],
  ["zu", { kind: "unified", network: "main", form: SHIELDED_2 }],
  ["zutest", { kind: "unified", network: "test", form: SHIELDED_2 }],
  ["zuregtest", { kind: "unified", network: "regtest", form: SHIELDED_2 }],
  ["tu", { kind: "unified", network: "main", form: TRANSPARENT_2 }],
  ["tutest", { kind: "unified", network: "test", form: TRANSPARENT_2 }],
  ["turegtest", { kind: "unified", network: "regtest", form: TRANSPARENT_2 }],
  ["tex", { kind: "tex", network: "main" }],
  ["textest", { kind: "tex", network: "test" }],
  ["texregtest", { kind: "tex", network: "regtest" }],
]);

/** How addresses start that people may use, for messages. */
const PREFIXES: Readonly<Record<AddressNetwork, string>> = {
  main: "t1, t3, zs1, u1, zu1 or tu1",
  test: "tm, t2, ztestsapling1, utest1, zutest1 or tutest1",
  regtest: "tm, t2, zregtestsapling1, uregtest1, zuregtest1 or turegtest1",
};

const NETWORK_NAMES: Readonly<Record<AddressNetwork, string>> = {
  main: "Mainnet",
  test: "Testnet",
  regtest: "Regtest",
};

const base58check = createBase58check((bytes: Uint8Array) =>
  new Uint8Array(createHash("sha256").update(bytes).digest())
);

/**
 * Reads an address of any form. What stands in shielded receivers is not checked to be a point of
 * its curve: only a wallet or the node's z_validateaddress can tell.
 *
 * @param text the address and nothing else: no blanks around it, no worker name.
 * @param network the chain it must belong to; undefined takes any, and then reports transparent
 *   ones of test and regtest as `test`.
 * @throws {AddressError} `malformed`, `wrong-network` (names the prefixes that are expected), or
 *   `unsupported` (Sprout, which cannot be paid any more; a Unified Address with a condition or
 *   receivers that are not known here).
 */
export function parseAddress(text: string, network?: AddressNetwork): Address {
  if (text.length === 0) throw malformed("it is empty", network);
  if (text.length > TEXT_LENGTH_MAX) throw malformed("it is too long", network);
  if (!/^[0-9A-Za-z]+$/.test(text)) {
    throw malformed("it has characters other than letters and digits", network);
  }
  const separator = text.lastIndexOf("1");
  const prefix = text.slice(0, Math.max(separator, 0)).toLowerCase();
  const form = BECH32_FORMS.get(prefix);
  return form === undefined
    ? parseBase58(text, network)
    : parseBech32(text, { ...form, prefix }, network);
}

/**
 * Whether an address must not be paid any more (ZIP 316, Address Expiration Metadata). A node calls
 * such an address valid, and nobody but the sender looks at its expiry.
 *
 * @param at height of the block that pays, where it is known, and Unix milliseconds.
 */
export function hasExpired(
  { expiry }: Pick<Address, "expiry">,
  at: { readonly height: number | undefined; readonly timeMs: number },
): boolean {
  if (expiry === undefined) return false;
  const { height, time } = expiry;
  const byHeight = height !== undefined && at.height !== undefined && at.height > height;
  return byHeight || (time !== undefined && BigInt(Math.floor(at.timeMs)) > time * 1_000n);
}

function parseBase58(text: string, network: AddressNetwork | undefined): Address {
  const bytes = decodeBase58(text, network);
  const form = BASE58_FORMS.find(({ version }) =>
    version[0] === bytes[0] && version[1] === bytes[1]
  );
  if (form === undefined) throw malformed("it is of no kind that Zcash has", network);
  const hash = bytes.subarray(2);
  if (hash.length !== form.length) throw malformed("it does not have its length", network);
  const { kind } = form;
  if (kind === "sprout") {
    throw new AddressError(
      "unsupported",
      `it is a Sprout address, which cannot be paid any more; ${expectation(network)}`,
    );
  }
  const own = form.main ? "main" : network === "regtest" ? "regtest" : "test";
  checkNetwork(text.slice(0, 2), own, network);
  const scriptPubKey = kind === "p2pkh" ? p2pkhScript(hash) : p2shScript(hash);
  return { kind, network: own, canonical: text, scriptPubKey };
}

function decodeBase58(text: string, network: AddressNetwork | undefined): Uint8Array {
  try {
    return base58check.decode(text);
  } catch (cause) {
    throw malformed("no known prefix, or a character was changed or lost", network, { cause });
  }
}

function parseBech32(
  text: string,
  form: Bech32Form & { prefix: string },
  network: AddressNetwork | undefined,
): Address {
  const { kind } = form;
  const payload = decodeBech32(text, kind === "sapling" ? bech32 : bech32m, network);
  checkNetwork(`${form.prefix}1`, form.network, network);
  const address = { kind, network: form.network, canonical: text.toLowerCase() };
  if (form.kind === "unified") {
    const { receivers, expiry } = readUnified(payload, form.prefix, form.form);
    const scriptPubKey = onlyScriptOf(receivers);
    return {
      ...address,
      receivers,
      ...(expiry === undefined ? {} : { expiry }),
      ...(scriptPubKey === undefined ? {} : { scriptPubKey }),
    };
  }
  if (payload.length !== (kind === "sapling" ? 43 : 20)) {
    throw malformed("it does not have its length", network);
  }
  return kind === "tex" ? { ...address, texScript: p2pkhScript(payload) } : address;
}

function decodeBech32(
  text: string,
  coder: typeof bech32 | typeof bech32m,
  network: AddressNetwork | undefined,
): Uint8Array {
  try {
    const { words } = coder.decode(text as `${string}1${string}`, TEXT_LENGTH_MAX);
    return coder.fromWords(words);
  } catch (cause) {
    throw malformed("a character was changed or lost, or upper and lower case are mixed", network, {
      cause,
    });
  }
}

/** A sender takes the most private receiver that it knows (ZIP 316): the script is the last choice. */
function onlyScriptOf(
  { sapling, orchard, p2pkh, p2sh }: UnifiedReceivers,
): Uint8Array | undefined {
  if (sapling !== undefined || orchard !== undefined) return undefined;
  if (p2pkh !== undefined) return p2pkhScript(p2pkh);
  return p2sh === undefined ? undefined : p2shScript(p2sh);
}

function checkNetwork(
  prefix: string,
  own: AddressNetwork,
  expected: AddressNetwork | undefined,
): void {
  if (expected === undefined || own === expected) return;
  throw new AddressError(
    "wrong-network",
    `it starts with ${prefix} and belongs to ${NETWORK_NAMES[own]}; ` +
      expectation(expected),
  );
}

function malformed(
  reason: string,
  network: AddressNetwork | undefined,
  options?: ErrorOptions,
): AddressError {
  return new AddressError("malformed", `${reason}; ${expectation(network)}`, options);
}

function expectation(network: AddressNetwork | undefined): string {
  const name = network === undefined ? "a Zcash" : `a ${NETWORK_NAMES[network]}`;
  const start = network === undefined ? "starts on Mainnet with" : "starts with";
  return `${name} address ${start} ${PREFIXES[network ?? "main"]}`;
}
