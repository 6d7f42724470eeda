import { hexToBytes } from "../../../src/base/mod.ts";
import {
  B0_16M,
  B0_255,
  B0_32,
  B0_64K,
  BOOL,
  F32,
  fixedBytes,
  OPTION,
  SEQ0_255,
  SEQ0_64K,
  STR0_255,
  U16,
  U256,
  U32,
  U64,
  U8,
  type WireType,
} from "../../../src/wire/codec/mod.ts";
import type { JsonValue } from "./_vectors.ts";

/** A wire type, and how the vectors' JSON holds its values. */
export interface VectorType {
  readonly type: WireType<unknown>;
  fromJson(value: JsonValue): unknown;
}

const asNumber = (value: JsonValue): unknown => value;
const asText = (value: JsonValue): unknown => value;
const asBytes = (value: JsonValue): unknown => hexToBytes(value as string);
const asBoolean = (value: JsonValue): unknown => value === 1;
const asBigint = (value: JsonValue): unknown => BigInt(value as number);

function simple<T>(type: WireType<T>, fromJson: (value: JsonValue) => unknown): VectorType {
  return { type: type as WireType<unknown>, fromJson };
}

const SIMPLE: Readonly<Record<string, VectorType>> = {
  U8: simple(U8, asNumber),
  U16: simple(U16, asNumber),
  U32: simple(U32, asNumber),
  U64: simple(U64, asBigint),
  F32: simple(F32, asNumber),
  BOOL: simple(BOOL, asBoolean),
  STR0_255: simple(STR0_255, asText),
  U256: simple(U256, asBytes),
  B0_32: simple(B0_32, asBytes),
  B0_255: simple(B0_255, asBytes),
  B0_64K: simple(B0_64K, asBytes),
  B0_16M: simple(B0_16M, asBytes),
  // Names of the reference pool's own dialect.
  B8: simple(B0_255, asBytes),
  RAW32: simple(U256, asBytes),
  RAW1344: simple(fixedBytes(1344), asBytes),
};

/** The codec's type for a type name of the vectors. */
export function vectorType(name: string): VectorType {
  const wrapped = /^(SEQ0_255|SEQ0_64K|OPTION)\[(.+)\]$/.exec(name);
  if (wrapped === null) {
    const type = SIMPLE[name];
    if (type === undefined) throw new Error(`no wire type for ${name}`);
    return type;
  }
  const [, wrapper, inner] = wrapped as unknown as [string, string, string];
  const element = vectorType(inner);
  if (wrapper === "OPTION") {
    return simple(
      OPTION(element.type),
      (value) => value === null ? undefined : element.fromJson(value),
    );
  }
  const sequence = wrapper === "SEQ0_255" ? SEQ0_255(element.type) : SEQ0_64K(element.type);
  return simple(
    sequence,
    (value) => (value as readonly JsonValue[]).map((one) => element.fromJson(one)),
  );
}
