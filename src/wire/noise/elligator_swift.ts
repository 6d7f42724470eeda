/**
 * ElligatorSwift for secp256k1 (BIP 324): public keys as 64 bytes that look random.
 *
 * An encoding is two field elements `u || t`, 32 bytes big-endian each, read modulo p. Every string
 * of 64 bytes decodes to the x-coordinate of a point, so there is no such thing as a bad encoding.
 * All that is computed here is public, so that arithmetic whose time depends on the values is no
 * leak.
 *
 * @module
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { assert, type Random } from "../../base/mod.ts";

/** Bytes of an encoding. */
export const ELLSWIFT_LENGTH = 64;

/** Bytes of an x-coordinate. */
export const X_ONLY_LENGTH = 32;

const Fp = secp256k1.Point.Fp;
const P = Fp.ORDER;

/** The root of -3 that is itself a square. */
const ROOT_OF_MINUS_3 = 0x0a2d2ba93507f1df233770c2a797962cc61f6d15da14ecd47d8d27ae1cd5f852n;
const HALF = Fp.inv(2n);
/** (1 - root) / 2 and (1 + root) / 2, the factors of u in the four forms of t. */
const HALF_OF_1_MINUS_ROOT = Fp.mul(Fp.sub(1n, ROOT_OF_MINUS_3), HALF);
const HALF_OF_1_PLUS_ROOT = Fp.mul(Fp.add(1n, ROOT_OF_MINUS_3), HALF);

/**
 * A draw of (u, case) has a preimage about once in four times, so that this many draws fail only
 * when the random source is broken.
 */
const DRAWS_MAX = 1_000;

/** Which of the up to eight preimages of an x under one u is wanted: 0 to 7. */
export type InverseCase = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * The x-coordinate that an encoding stands for.
 *
 * @param encoding 64 bytes, any content.
 * @returns 32 bytes, big-endian, always the x-coordinate of a point of the curve.
 */
export function decodeEllSwift(encoding: Uint8Array): Uint8Array {
  assert(encoding.length === ELLSWIFT_LENGTH, "an ElligatorSwift encoding has 64 bytes");
  const u = numberFromBytes(encoding.subarray(0, 32)) % P;
  const t = numberFromBytes(encoding.subarray(32)) % P;
  return Fp.toBytes(swiftDecode(u, t));
}

/**
 * Encodes an x-coordinate with fresh randomness, so that encodings of one key do not resemble each
 * other.
 *
 * @param x 32 bytes, big-endian, the x-coordinate of a point of the curve.
 * @returns 64 bytes.
 */
export function encodeEllSwift(x: Uint8Array, random: Random): Uint8Array {
  const xValue = numberFromBytes(x);
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const bytes = random.bytes(33);
    const u = numberFromBytes(bytes.subarray(0, 32)) % P;
    if (u === 0n) continue;
    const t = inverseSwift(xValue, u, ((bytes[32] as number) & 7) as InverseCase);
    if (t === undefined) continue;
    const encoding = new Uint8Array(ELLSWIFT_LENGTH);
    encoding.set(Fp.toBytes(u), 0);
    encoding.set(Fp.toBytes(t), 32);
    return encoding;
  }
  throw new RangeError("Cannot encode a public key: the random source gives no usable value");
}

/** True when x, a field element, is the x-coordinate of a point: x^3 + 7 is a square. */
export function isCurveX(x: bigint): boolean {
  return squareRoot(curveEquation(x)) !== undefined;
}

/** True when 32 bytes are the x-coordinate of a point, as BIP 340 asks of a public key. */
export function isXOnlyKey(bytes: Uint8Array): boolean {
  if (bytes.length !== X_ONLY_LENGTH) return false;
  const x = numberFromBytes(bytes);
  return x < P && isCurveX(x);
}

/** BIP 324 `xswiftec`: field elements (u, t) to an x-coordinate. */
function swiftDecode(uGiven: bigint, tGiven: bigint): bigint {
  const u = uGiven === 0n ? 1n : uGiven;
  let t = tGiven === 0n ? 1n : tGiven;
  const uCubedPlus7 = curveEquation(u);
  if (Fp.add(uCubedPlus7, Fp.sqr(t)) === 0n) t = Fp.add(t, t);
  const X = Fp.mul(Fp.sub(uCubedPlus7, Fp.sqr(t)), Fp.inv(Fp.add(t, t)));
  const Y = Fp.mul(Fp.add(X, t), Fp.inv(Fp.mul(ROOT_OF_MINUS_3, u)));
  const third = Fp.add(u, Fp.mul(4n, Fp.sqr(Y)));
  if (isCurveX(third)) return third;
  const ratio = Fp.mul(X, Fp.inv(Y));
  const second = Fp.mul(Fp.sub(Fp.neg(ratio), u), HALF);
  if (isCurveX(second)) return second;
  // One of the three is on the curve always (BIP 324, "Elligator Swift"), so the last needs no test.
  return Fp.mul(Fp.sub(ratio, u), HALF);
}

/**
 * BIP 324 `xswiftec_inv`: a t with which (u, t) decodes to x.
 *
 * @returns undefined when this case has no such t.
 */
export function inverseSwift(x: bigint, u: bigint, inverseCase: InverseCase): bigint | undefined {
  const uCubedPlus7 = curveEquation(u);
  let v: bigint;
  let s: bigint;
  if ((inverseCase & 2) === 0) {
    const mirrored = Fp.sub(Fp.neg(x), u);
    if (isCurveX(mirrored)) return undefined;
    v = x;
    const divisor = Fp.add(Fp.add(Fp.sqr(u), Fp.mul(u, v)), Fp.sqr(v));
    s = Fp.neg(Fp.mul(uCubedPlus7, Fp.inv(divisor)));
  } else {
    s = Fp.sub(x, u);
    if (s === 0n) return undefined;
    const inner = Fp.add(Fp.mul(4n, uCubedPlus7), Fp.mul(Fp.mul(3n, s), Fp.sqr(u)));
    const r = squareRoot(Fp.mul(Fp.neg(s), inner));
    if (r === undefined) return undefined;
    if ((inverseCase & 1) === 1 && r === 0n) return undefined;
    v = Fp.mul(Fp.sub(Fp.mul(r, Fp.inv(s)), u), HALF);
  }
  const w = squareRoot(s);
  if (w === undefined) return undefined;
  // Bit 0 chooses the sign of the root of -3, bit 2 the sign of w.
  const sum = (inverseCase & 1) === 0
    ? Fp.neg(Fp.add(Fp.mul(u, HALF_OF_1_MINUS_ROOT), v))
    : Fp.add(Fp.mul(u, HALF_OF_1_PLUS_ROOT), v);
  return Fp.mul((inverseCase & 4) === 0 ? w : Fp.neg(w), sum);
}

/** x^3 + 7. */
function curveEquation(x: bigint): bigint {
  return Fp.add(Fp.mul(Fp.sqr(x), x), 7n);
}

/** The root that is itself a square, or undefined when there is none. */
function squareRoot(value: bigint): bigint | undefined {
  try {
    return Fp.sqrt(value);
  } catch {
    // The library says by an exception that a value is no square; that is an answer here.
    return undefined;
  }
}

function numberFromBytes(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  return (view.getBigUint64(0) << 192n) | (view.getBigUint64(8) << 128n) |
    (view.getBigUint64(16) << 64n) | view.getBigUint64(24);
}
