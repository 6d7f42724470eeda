/**
 * Keys of the handshake, and what is computed with secret ones.
 *
 * Point multiplication with a secret scalar is the runtime's native one (`node:crypto`): it takes
 * the same time for every key, which arithmetic on bigints does not, and a sixth of the time.
 *
 * @module
 */
import { createECDH, type ECDH } from "node:crypto";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { assert, type Random } from "../../base/mod.ts";
import { decodeEllSwift, ELLSWIFT_LENGTH, encodeEllSwift } from "./elligator_swift.ts";

/** Bytes of a secret key. */
const SECRET_KEY_LENGTH = 32;

/** A key of one side of a handshake, ephemeral or static; what is secret of it stays inside. */
export class EllSwiftKeyPair {
  /** 32 bytes, the public key's x-coordinate, big-endian. */
  readonly publicKeyX: Uint8Array;
  /** 64 bytes, the public key as it is sent. */
  readonly encoding: Uint8Array;
  /** Holds the secret, and what the runtime has computed from it. */
  readonly #ecdh: ECDH;

  /**
   * @param secretKey 32 bytes, a scalar of 1 to n-1, big-endian.
   * @param encode gives the 64 bytes that stand for the public key, which are the caller's choice.
   */
  constructor(secretKey: Uint8Array, encode: (publicKeyX: Uint8Array) => Uint8Array) {
    this.#ecdh = ecdhWith(secretKey);
    this.publicKeyX = xOfPublicKey(this.#ecdh);
    this.encoding = encode(this.publicKeyX);
    assert(this.encoding.length === ELLSWIFT_LENGTH, "an ElligatorSwift encoding has 64 bytes");
  }

  /** The x-coordinate of secret * point; the point's sign, and so the secret's, does not matter. */
  multiply(pointX: Uint8Array): Uint8Array {
    const point = new Uint8Array(33);
    point[0] = 2;
    point.set(pointX, 1);
    return new Uint8Array(this.#ecdh.computeSecret(point));
  }
}

/** A peer's key, decoded once for the exchanges that it takes part in. */
export interface PeerKey {
  /** 64 bytes as they were received. */
  readonly encoding: Uint8Array;
  /** 32 bytes, big-endian. */
  readonly publicKeyX: Uint8Array;
}

/** Decodes a peer's key; there is no encoding that has none. */
export function peerKey(encoding: Uint8Array): PeerKey {
  return { encoding, publicKeyX: decodeEllSwift(encoding) };
}

/** The key that signs servers' certificates; miners know its public half. */
export interface AuthorityKeyPair {
  /** 32 bytes, a scalar of 1 to n-1, big-endian. */
  readonly secretKey: Uint8Array;
  /** 32 bytes, x-only (BIP 340). */
  readonly publicKey: Uint8Array;
}

/** A draw is outside of 1 to n-1 once in 2^128 times: more misses mean a broken source. */
const SECRET_DRAWS_MAX = 8;

/** An encoding starts with three zero bytes once in 2^24 times. */
const ENCODING_DRAWS_MAX = 8;

/**
 * A new key for a handshake.
 *
 * The encoding never starts with three zero bytes: a server that takes plain SV2 on the same port
 * tells the two apart by them (a SetupConnection frame starts 00 00 00).
 */
export function generateKeyPair(random: Random): EllSwiftKeyPair {
  return new EllSwiftKeyPair(generateSecretKey(random), (publicKeyX) => {
    for (let draw = 0; draw < ENCODING_DRAWS_MAX; draw++) {
      const encoding = encodeEllSwift(publicKeyX, random);
      if (encoding[0] !== 0 || encoding[1] !== 0 || encoding[2] !== 0) return encoding;
    }
    throw new RangeError("Cannot make a key: the random source repeats itself");
  });
}

/** A new authority key. */
export function generateAuthorityKeyPair(random: Random): AuthorityKeyPair {
  return authorityKeyPairOf(generateSecretKey(random));
}

/**
 * The pair that belongs to an authority's secret key.
 *
 * @throws {RangeError} when the 32 bytes are not a scalar of 1 to n-1.
 */
export function authorityKeyPairOf(secretKey: Uint8Array): AuthorityKeyPair {
  if (!isSecretKey(secretKey)) {
    throw new RangeError("Cannot use a secret key: not a scalar of 1 to n-1 in 32 bytes");
  }
  return { secretKey: Uint8Array.from(secretKey), publicKey: schnorr.getPublicKey(secretKey) };
}

/** True when the bytes are a scalar of 1 to n-1. */
export function isSecretKey(bytes: Uint8Array): boolean {
  return secp256k1.utils.isValidSecretKey(bytes);
}

/**
 * The secret that both sides of a handshake share (BIP 324 `v2_ecdh`).
 *
 * @param ours the own key.
 * @param role which side we are: the initiator's encoding is hashed first, whoever computes.
 * @returns 32 bytes.
 */
export function sharedSecret(
  ours: EllSwiftKeyPair,
  theirs: PeerKey,
  role: "initiator" | "responder",
): Uint8Array {
  const x = ours.multiply(theirs.publicKeyX);
  const [first, second] = role === "initiator"
    ? [ours.encoding, theirs.encoding]
    : [theirs.encoding, ours.encoding];
  const tag = sha256(ECDH_TAG);
  return sha256.create().update(tag).update(tag).update(first).update(second).update(x).digest();
}

const ECDH_TAG = new TextEncoder().encode("bip324_ellswift_xonly_ecdh");

function ecdhWith(secretKey: Uint8Array): ECDH {
  const ecdh = createECDH("secp256k1");
  ecdh.setPrivateKey(secretKey);
  return ecdh;
}

function xOfPublicKey(ecdh: ECDH): Uint8Array {
  return new Uint8Array(ecdh.getPublicKey(null, "compressed").subarray(1));
}

function generateSecretKey(random: Random): Uint8Array {
  for (let draw = 0; draw < SECRET_DRAWS_MAX; draw++) {
    const secretKey = random.bytes(SECRET_KEY_LENGTH);
    assert(secretKey.length === SECRET_KEY_LENGTH, "the random source gives the bytes asked for");
    if (isSecretKey(secretKey)) return secretKey;
  }
  throw new RangeError("Cannot make a key: the random source gives no usable scalar");
}
