import { Secret } from "./secret.ts";
import { suggest } from "./suggest.ts";
import { textType, type TomlValue, ValueError, type ValueType } from "./value_type.ts";

/** One of a fixed set of words. */
export function choice<const C extends string>(words: readonly C[]): ValueType<C> {
  return textType(
    {
      kind: "choice",
      allowed: words.map((word) => `"${word}"`).join(", ").replace(/, ([^,]*)$/, " or $1"),
    },
    (text) => {
      const word = words.find((known) => known === text);
      if (word !== undefined) return word;
      const near = suggest(text, words);
      if (near === undefined) throw new ValueError();
      throw new ValueError(
        near.toLowerCase() === text.toLowerCase()
          ? `it is written "${near}"`
          : `did you mean "${near}"?`,
      );
    },
  );
}

/** Text of printable ASCII. */
export function asciiText(bounds: { min: number; max: number }): ValueType<string> {
  return textType(
    { kind: "text", allowed: `${bounds.min} to ${bounds.max} printable ASCII characters` },
    (text) => {
      if (text.length < bounds.min || text.length > bounds.max || !/^[\x20-\x7e]*$/.test(text)) {
        throw new ValueError();
      }
      return text;
    },
  );
}

/** Longer paths are refused by every file system that this program runs on. */
const PATH_LENGTH_MAX = 4096;

/** A path; a relative one counts from the working directory. */
export const filePath: ValueType<string> = textType(
  { kind: "path", allowed: "a path" },
  (text) => {
    // A control character in a path is a slip, and a NUL would cut the path short.
    // deno-lint-ignore no-control-regex -- control characters are exactly what is looked for
    const broken = text === "" || text.length > PATH_LENGTH_MAX || /[\x00-\x1f]/.test(text);
    if (broken) throw new ValueError();
    // Paths are shown; a URL here may hold the password that belongs into the key beside it.
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw new ValueError("it is a URL and no path");
    return text;
  },
);

/** Longer than any address that wallets make; unified ones have some 140 to 300 characters. */
const ADDRESS_LENGTH_MAX = 1000;

/** The text of an address; whether it is one depends on the network, which is a rule's business. */
export const addressText: ValueType<string> = textType(
  { kind: "address", allowed: "a Zcash address" },
  (text) => {
    if (!/^[0-9A-Za-z]+$/.test(text)) {
      throw new ValueError("an address has letters and digits only");
    }
    if (text.length > ADDRESS_LENGTH_MAX) throw new ValueError("it is too long");
    return text;
  },
);

/** Zebra's passwords are some 50 characters; the bound only keeps a wrong file from being taken. */
const SECRET_LENGTH_MAX = 1024;

/** Any secret text. */
export const secretText: ValueType<Secret> = textType(
  { kind: "secret", allowed: "1 to 1024 printable ASCII characters", secret: true },
  (text) => {
    if (text.length < 1 || text.length > SECRET_LENGTH_MAX || !/^[\x20-\x7e]*$/.test(text)) {
      throw new ValueError();
    }
    return new Secret(text);
  },
);

/** The order of the secp256k1 group (SEC 2, section 2.4.1). */
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A secp256k1 secret key: 32 bytes as hexadecimal digits, as `keygen` prints them. */
export const secretKeyHex: ValueType<Secret> = textType(
  {
    kind: "secret key",
    allowed: "64 hexadecimal digits, a secp256k1 secret key as keygen prints it",
    secret: true,
  },
  (text) => {
    if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new ValueError(`it has ${text.length} characters`);
    const scalar = BigInt(`0x${text}`);
    if (scalar === 0n || scalar >= SECP256K1_ORDER) {
      throw new ValueError("the number is outside the range of secp256k1 keys");
    }
    return new Secret(text.toLowerCase());
  },
);

/** Several values of one type; as text separated by commas. */
export function listOf<T>(
  type: ValueType<T>,
  bounds: { min: number; max: number },
): ValueType<readonly T[]> {
  const check = <V>(values: readonly V[], read: (value: V) => T): readonly T[] => {
    if (values.length < bounds.min || values.length > bounds.max) throw new ValueError();
    return Object.freeze(values.map(read));
  };
  return {
    kind: `list of ${type.kind}`,
    allowed: `a list of ${bounds.min} to ${bounds.max}, each ${type.allowed}`,
    fromToml(value): readonly T[] {
      if (!Array.isArray(value)) throw new ValueError("it has to stand in [ ]");
      return check(value as readonly TomlValue[], (each) => type.fromToml(each));
    },
    fromText: (text) => check(text.split(","), (each) => type.fromText(each.trim())),
  };
}
