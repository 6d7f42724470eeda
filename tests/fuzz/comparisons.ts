/**
 * What is compared with second readers, and what may differ. A fault is a difference that would have
 * the pool refuse what the network takes, or take for one thing what is another.
 *
 * @module
 */
import { parse } from "@std/toml";
import { bech32, bech32m, createBase58check } from "@scure/base";
import { createHash } from "node:crypto";
import { equalBytes, PoolError, ProtocolError } from "../../src/base/mod.ts";
import { AddressError, parseAddress, parseTransaction } from "../../src/chain/zcash/mod.ts";
import { ZcashFormatError } from "../../src/chain/zcash/mod.ts";
import { type MessageType, MINING_MESSAGES } from "../../src/wire/protocol/mod.ts";
import type { SeededChoices } from "../support/seeded_choices.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { declared } from "./fuzz_target.ts";
import { SETTINGS_TARGETS } from "./targets/settings.ts";
import { ZCASH_TARGETS } from "./targets/zcash.ts";

/** How two readings of one input relate. */
export interface Verdict {
  /** As `both read it` or `only ours reads it`. */
  readonly kind: string;
  readonly fault: boolean;
  /** What is shown of it. */
  readonly detail?: string;
}

/** One reader of ours beside a second one. */
export interface Comparison {
  readonly name: string;
  readonly reader: "crates" | "python";
  readonly lengthMax: number;
  readonly words?: readonly string[];
  seeds(): readonly Uint8Array[];
  /** Makes an input that reaches further than changed bytes do, as one with a right checksum. */
  readonly wrap?: (input: Uint8Array, choices: SeededChoices) => Uint8Array;
  /** How the second reader is asked. */
  line(input: Uint8Array): string;
  judge(input: Uint8Array, answer: string): Verdict;
}

const BOTH: Verdict = { kind: "both read it", fault: false };
const NEITHER: Verdict = { kind: "neither reads it", fault: false };

function fault(kind: string, detail: string): Verdict {
  return { kind, fault: true, detail };
}

/** Short ones go through faster, and have every part that long ones have. */
const TRANSACTION_LENGTH_MAX = 6_000;

const transactions: Comparison = {
  name: "transactions",
  reader: "crates",
  lengthMax: TRANSACTION_LENGTH_MAX,
  seeds: () =>
    seedsOf("zcash.transactions").filter(({ length }) => length < TRANSACTION_LENGTH_MAX),
  line: (input) => `tx ${new Uint8Array(input).toHex()}`,
  judge(input, answer) {
    const ours = declared([ZcashFormatError], () => parseTransaction(input));
    const [word, length, txid] = answer.split(" ");
    if (word === "panic") return { kind: "the second reader panics", fault: false };
    if (ours === undefined) {
      if (word !== "ok") return NEITHER;
      // Without the flag of Overwinter, theirs takes any version; no block of the chain has one.
      if ((input[3] ?? 0) < 0x80) return { kind: "a version that no rule has", fault: false };
      return fault("only theirs reads it", `${length} bytes`);
    }
    // Theirs also looks into points, amounts and the flags of bundles, which the node judges for us.
    if (word !== "ok") return { kind: "only ours reads it", fault: false };
    const isSame = Number(length) === ours.bytes.length && txid === ours.txid.toHex();
    return isSame ? BOTH : fault("read differently", `${ours.bytes.length} and ${length} bytes`);
  },
};

const base58check = createBase58check((bytes: Uint8Array) =>
  new Uint8Array(createHash("sha256").update(bytes).digest())
);

const BECH32_PREFIXES = [
  ...["zs", "ztestsapling", "zregtestsapling", "tex", "textest", "texregtest"],
  ...["u", "utest", "uregtest"],
];

/** The bytes as an address of some kind with a right checksum, or as they are. */
function asAddress(input: Uint8Array, choices: SeededChoices): Uint8Array {
  const version = choices.of([[0x1c, 0xb8], [0x1c, 0xbd], [0x1d, 0x25], [0x1c, 0xba], [
    0x16,
    0x9a,
  ]]);
  const length = choices.of([19, 20, 20, 20, 21, 32, 43, 43, 44, 64]);
  const data = new Uint8Array(length);
  data.set(input.subarray(0, length));
  const prefix = choices.of(BECH32_PREFIXES);
  switch (choices.below(5)) {
    case 0:
      return new TextEncoder().encode(base58check.encode(Uint8Array.of(...version, ...data)));
    case 1:
      return new TextEncoder().encode(bech32.encode(prefix, bech32.toWords(data), 1_000));
    case 2:
      return new TextEncoder().encode(bech32m.encode(prefix, bech32m.toWords(data), 1_000));
    case 3:
      return new TextEncoder().encode(
        bech32m.encode(prefix, bech32m.toWords(data), 1_000).toUpperCase(),
      );
    default:
      return input;
  }
}

const addresses: Comparison = {
  name: "addresses",
  reader: "crates",
  lengthMax: 900,
  seeds: () => seedsOf("zcash.addresses"),
  wrap: asAddress,
  line: (input) => `address ${oneLine(input)}`,
  judge(input, answer) {
    const text = oneLine(input);
    let code = "";
    let ours: ReturnType<typeof parseAddress> | undefined;
    try {
      ours = parseAddress(text);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      code = error.code;
    }
    const [word, network, kind = "", data = ""] = answer.split(" ");
    if (ours === undefined) {
      if (word !== "ok") return NEITHER;
      if (code === "unsupported" || kind === "sprout") {
        return { kind: "theirs reads what cannot be paid", fault: false };
      }
      // Theirs strips blanks around an address.
      if (text !== text.trim()) return { kind: "blanks around it", fault: false };
      return fault("only theirs reads it", `${kind} ${text}`);
    }
    if (word !== "ok") {
      // Revision 2 (ZIP 316) is younger than the crate.
      if (/^[zt]u/i.test(text)) return { kind: "revision 2", fault: false };
      // BIP 173 has both cases; ours stores and shows the lower one.
      if (text === text.toUpperCase()) return { kind: "upper case", fault: false };
      return fault("only ours reads it", `${ours.kind} ${text}`);
    }
    const script = ours.scriptPubKey ?? ours.texScript;
    const isSame = ours.kind === kind && (ours.network === network || network === "regtest") &&
      (data === "" || script === undefined || script.toHex().includes(data));
    return isSame ? BOTH : fault("read differently", `${ours.kind} ${ours.network}, ${answer}`);
  },
};

/** Numbers of the messages that the crates have too. */
const KNOWN = new Set([
  ...[0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18],
  ...[0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x21, 0x25],
]);

const CORE_MESSAGES = (MINING_MESSAGES as readonly unknown[] as readonly MessageType<unknown>[])
  .filter(({ extensionType, msgType }) => extensionType === 0 && KNOWN.has(msgType));

/** The first byte says which message it is, the others are its payload. */
const messages: Comparison = {
  name: "messages",
  reader: "crates",
  lengthMax: 800,
  seeds: () =>
    CORE_MESSAGES.flatMap((message) =>
      [1, 2, 3].map((n) => {
        const bytes = message.encode(message.sample(seededRandom(n)));
        return Uint8Array.of(message.msgType, ...bytes.subarray(6));
      })
    ),
  line: (input) => `message ${input[0] ?? 0} ${new Uint8Array(input.subarray(1)).toHex()}`,
  judge(input, answer) {
    const message = CORE_MESSAGES.find(({ msgType }) => msgType === input[0]);
    const [word, hex = ""] = answer.split(" ");
    if (message === undefined || word === "unknown") {
      return { kind: "no such message", fault: false };
    }
    const payload = input.subarray(1);
    const ours = declared([ProtocolError], () => message.decode(payload));
    if (ours === undefined) {
      if (word !== "ok") return NEITHER;
      const behind = hex.length < 2 * payload.length;
      // Theirs does not look at what stands behind the last field.
      return behind
        ? { kind: "bytes behind it", fault: false }
        : { kind: "only theirs reads it (texts that are no UTF-8)", fault: false };
    }
    if (word !== "ok") {
      // Ours answers a protocol that it does not know, theirs cannot read its number.
      const isOther = message.name === "SetupConnection" && (payload[0] ?? 0) > 2;
      return isOther
        ? { kind: "a protocol of no name", fault: false }
        : fault("only ours reads it", message.name);
    }
    const again = message.encode(ours).subarray(6);
    // Of the many forms of NaN, which no field may hold, ours writes one.
    if (Object.values(ours as object).some(Number.isNaN)) return { kind: "NaN", fault: false };
    return equalBytes(again, Uint8Array.fromHex(hex))
      ? BOTH
      : fault("read differently", `${message.name}: ${again.toHex()} and ${hex}`);
  },
};

const toml: Comparison = {
  name: "toml",
  reader: "python",
  lengthMax: 1_500,
  words: SETTINGS_TARGETS.find(({ name }) => name === "settings.toml")?.words ?? [],
  seeds: () => seedsOf("settings.toml"),
  line: (input) => new TextEncoder().encode(textOf(input)).toBase64(),
  judge(input, answer) {
    let ours: string;
    try {
      ours = canonical(parse(textOf(input), { maxDepth: 8, integersAsBigInt: true }));
    } catch {
      return answer === "no" ? NEITHER : { kind: "only theirs reads it", fault: false };
    }
    if (answer === "no") return { kind: "only ours reads it", fault: false, detail: ours };
    // Dates, infinities and integers past 2^53 have no one form in JSON.
    if (/\d{4}-\d\d|\d\d:\d\d|NaN|Infinity|[0-9]{16}|[0-9.]+e/i.test(answer)) {
      return { kind: "of no one form", fault: false };
    }
    const theirs = canonical(JSON.parse(answer));
    return ours === theirs ? BOTH : fault("read differently", `${ours} and ${theirs}`);
  },
};

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
    return `{${
      entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")
    }}`;
  }
  return JSON.stringify(value) ?? "";
}

function textOf(input: Uint8Array): string {
  return new TextDecoder().decode(input).replaceAll("\n\r", "\n");
}

/** What goes through a pipe of lines. */
function oneLine(input: Uint8Array): string {
  return textOf(input).replace(/[\r\n]/g, "");
}

function seedsOf(target: string): readonly Uint8Array[] {
  const targets = [...ZCASH_TARGETS, ...SETTINGS_TARGETS];
  const found = targets.find(({ name }) => name === target);
  if (found === undefined) throw new PoolError("no-target", `no target ${target}`);
  return found.seeds();
}

/** Everything that has a second reader. */
export const COMPARISONS: readonly Comparison[] = [transactions, addresses, messages, toml];
