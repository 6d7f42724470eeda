import { concatBytes } from "../../base/mod.ts";
import type { ByteReader } from "./byte_reader.ts";
import { encodeCompactSize } from "./compact_size.ts";
import { ZcashFormatError } from "./format_error.ts";

/** Depth from which a transparent coinbase can be spent, 1 for the tip (Zcash protocol §7.1.2). */
export const COINBASE_MATURITY = 100;

/** All the money there will ever be: 21 million ZEC in zatoshis. */
export const MAX_MONEY_ZAT = 2_100_000_000_000_000n;

/** A transparent input; byte fields are views. */
export interface TransparentInput {
  /** 32 bytes, internal order; zeros in a coinbase. */
  readonly previousTxid: Uint8Array;
  /** 0xffffffff in a coinbase. */
  readonly previousIndex: number;
  /** The scriptSig. */
  readonly script: Uint8Array;
  readonly sequence: number;
}

/** A transparent output; its script is a view. */
export interface TransparentOutput {
  /** 0 to {@link MAX_MONEY_ZAT}. */
  readonly valueZat: bigint;
  /** The scriptPubKey. */
  readonly script: Uint8Array;
}

/** Outpoint, script length of one byte, sequence. */
const INPUT_LENGTH_MIN = 41;
/** Value and script length of one byte. */
const OUTPUT_LENGTH_MIN = 9;

/** Reads the inputs with their count. */
export function readInputs(reader: ByteReader): TransparentInput[] {
  const count = reader.count("transaction.inputs", INPUT_LENGTH_MIN);
  const inputs: TransparentInput[] = [];
  for (let i = 0; i < count; i++) {
    const part = `transaction.inputs[${i}]`;
    inputs.push({
      previousTxid: reader.take(32, part),
      previousIndex: reader.u32(part),
      script: reader.sized(`${part}.scriptSig`),
      sequence: reader.u32(part),
    });
  }
  return inputs;
}

/** Reads the outputs with their count. */
export function readOutputs(reader: ByteReader): TransparentOutput[] {
  const count = reader.count("transaction.outputs", OUTPUT_LENGTH_MIN);
  const outputs: TransparentOutput[] = [];
  for (let i = 0; i < count; i++) {
    const part = `transaction.outputs[${i}]`;
    const start = reader.offset;
    const valueZat = reader.i64(`${part}.value`);
    if (valueZat < 0n || valueZat > MAX_MONEY_ZAT) {
      throw new ZcashFormatError(`${part}.value`, start, `${valueZat} zatoshis cannot exist`);
    }
    outputs.push({ valueZat, script: reader.sized(`${part}.scriptPubKey`) });
  }
  return outputs;
}

/** Writes one input as it stands in a transaction. */
export function encodeInput(input: TransparentInput): Uint8Array {
  return concatBytes(
    encodeOutpoint(input),
    encodeScript(input.script),
    encodeU32(input.sequence),
  );
}

/** Writes one output as it stands in a transaction. */
export function encodeOutput(output: TransparentOutput): Uint8Array {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigInt64(0, output.valueZat, true);
  return concatBytes(value, encodeScript(output.script));
}

/** The 36 bytes that name what an input spends. */
export function encodeOutpoint(input: TransparentInput): Uint8Array {
  return concatBytes(input.previousTxid, encodeU32(input.previousIndex));
}

/** A script with its compact size before it. */
function encodeScript(script: Uint8Array): Uint8Array {
  return concatBytes(encodeCompactSize(script.length), script);
}

/** 4 bytes, little-endian. */
export function encodeU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Outputs one after another without their count, as {@link encodeOutput} writes each. */
export function encodeOutputs(outputs: readonly TransparentOutput[]): Uint8Array {
  return joined(outputs, ({ script }) => 8 + sizedLength(script), (output, bytes, at) => {
    new DataView(bytes.buffer).setBigInt64(at, output.valueZat, true);
    putSized(output.script, bytes, at + 8);
  });
}

/** The names of what inputs spend, one after another. */
export function encodeOutpoints(inputs: readonly TransparentInput[]): Uint8Array {
  return joined(inputs, () => 36, ({ previousTxid, previousIndex }, bytes, at) => {
    bytes.set(previousTxid, at);
    new DataView(bytes.buffer).setUint32(at + 32, previousIndex, true);
  });
}

/** The sequences of inputs, one after another. */
export function encodeSequences(inputs: readonly TransparentInput[]): Uint8Array {
  return joined(inputs, () => 4, ({ sequence }, bytes, at) => {
    new DataView(bytes.buffer).setUint32(at, sequence, true);
  });
}

/** The scriptSigs of inputs with their compact sizes, one after another. */
export function encodeInputScripts(inputs: readonly TransparentInput[]): Uint8Array {
  return joined(inputs, ({ script }) => sizedLength(script), ({ script }, bytes, at) => {
    putSized(script, bytes, at);
  });
}

/** Ten thousands of small arrays would take ten times as long as the bytes themselves. */
function joined<T>(
  items: readonly T[],
  lengthOf: (item: T) => number,
  put: (item: T, bytes: Uint8Array, at: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(items.reduce((sum, item) => sum + lengthOf(item), 0));
  let at = 0;
  for (const item of items) {
    put(item, bytes, at);
    at += lengthOf(item);
  }
  return bytes;
}

function sizedLength({ length }: Uint8Array): number {
  return length + (length < 0xfd ? 1 : encodeCompactSize(length).length);
}

function putSized(script: Uint8Array, bytes: Uint8Array, at: number): void {
  const { length } = script;
  if (length < 0xfd) bytes[at] = length;
  else bytes.set(encodeCompactSize(length), at);
  bytes.set(script, at + sizedLength(script) - length);
}
