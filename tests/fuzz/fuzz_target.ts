/** One reader of bytes or text that strangers write. */
export interface FuzzTarget {
  /** As `zcash.transaction`. */
  readonly name: string;
  /** Bytes of an input at the most; a little more than the reader's own bound. */
  readonly lengthMax: number;
  /** Words of its language, put into inputs whole. */
  readonly words?: readonly string[];
  /** Inputs that are read as they should be; what is tried begins from them. */
  seeds(): readonly Uint8Array[];
  /**
   * Reads an input. What the reader declares as a way to fail is caught in here; whatever else it
   * throws, and a property that does not hold, is thrown on and is a finding.
   */
  read(input: Uint8Array): void | Promise<void>;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** A class of errors. */
// deno-lint-ignore no-explicit-any
type ErrorClass = abstract new (...args: any[]) => Error;

/** What reading gives; undefined where it fails in a declared way. */
export function declared<T>(errors: readonly ErrorClass[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (errors.some((declaredError) => error instanceof declaredError)) return undefined;
    throw error;
  }
}

/** A target that reads text; bytes that are no UTF-8 become U+FFFD, as on the wire. */
export function textTarget(
  target: Omit<FuzzTarget, "seeds" | "read"> & {
    readonly seeds: () => readonly string[];
    readonly read: (text: string) => void;
  },
): FuzzTarget {
  return {
    ...target,
    seeds: () => target.seeds().map((text) => ENCODER.encode(text)),
    read: (input) => target.read(DECODER.decode(input)),
  };
}

/** A target that reads values of JSON; what is no JSON is not read. */
export function jsonTarget(
  target: Omit<FuzzTarget, "seeds" | "read" | "words"> & {
    readonly seeds: () => readonly unknown[];
    readonly read: (value: unknown) => void;
  },
): FuzzTarget {
  return textTarget({
    ...target,
    words: JSON_WORDS,
    seeds: () => target.seeds().map((value) => JSON.stringify(value)),
    read: (text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return;
      }
      target.read(value);
    },
  });
}

const JSON_WORDS = [
  "null",
  "true",
  "false",
  "[]",
  "{}",
  '""',
  "-1",
  "1e309",
  "1.5",
  "9007199254740993",
  '"__proto__"',
  '"\\ud800"',
  "[[[[",
  ",",
];
