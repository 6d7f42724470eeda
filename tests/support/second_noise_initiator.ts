/**
 * A second client of the NX handshake, written from the SV2 specification (chapter 4), BIP 324 and
 * BIP 340 for tests alone. It shares no code with the product and no primitive either: here SHA-256
 * and HMAC are the runtime's, the cipher is a library's, and the curve is plain arithmetic on
 * bigints; in the product it is the other way round. It is slow, and it keeps no secret.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";

/** Gives random bytes. */
export interface ByteSource {
  bytes(length: number): Uint8Array;
}

/** What the client expects of the server. */
export interface ExpectedServer {
  /** 32 bytes, x-only. */
  readonly authorityKey: Uint8Array;
  /** Unix seconds. */
  readonly unixTime: number;
}

// The curve y^2 = x^3 + 7 (SEC 2, secp256k1).
const p = 2n ** 256n - 2n ** 32n - 977n;
const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G: Point = {
  x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
};

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const mod = (a: bigint): bigint => ((a % p) + p) % p;

function power(base: bigint, exponent: bigint, modulus = p): bigint {
  let result = 1n;
  let square = ((base % modulus) + modulus) % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result * square % modulus;
    square = square * square % modulus;
  }
  return result;
}

const divide = (a: bigint, b: bigint): bigint => mod(a * power(b, p - 2n));

function root(a: bigint): bigint | undefined {
  const candidate = power(a, (p + 1n) / 4n);
  return candidate * candidate % p === mod(a) ? candidate : undefined;
}

function plus(a: Point | undefined, b: Point | undefined): Point | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a.x === b.x && mod(a.y + b.y) === 0n) return undefined;
  const slope = a.x === b.x ? divide(3n * a.x * a.x, 2n * a.y) : divide(b.y - a.y, b.x - a.x);
  const x = mod(slope * slope - a.x - b.x);
  return { x, y: mod(slope * (a.x - x) - a.y) };
}

function times(point: Point, scalar: bigint): Point | undefined {
  let sum: Point | undefined;
  let doubled: Point | undefined = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = plus(sum, doubled);
    doubled = plus(doubled, doubled);
  }
  return sum;
}

/** The point with this x and an even y. */
function lift(x: bigint): Point | undefined {
  const y = root(mod(x ** 3n + 7n));
  if (y === undefined) return undefined;
  return { x, y: y % 2n === 0n ? y : p - y };
}

const toNumber = (bytes: Uint8Array): bigint =>
  bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function toBytes(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(64, "0");
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

// ElligatorSwift (BIP 324).

const rootOfMinus3 = root(p - 3n) as bigint;

/** 64 bytes to an x-coordinate. */
export function secondDecode(encoding: Uint8Array): Uint8Array {
  const u = mod(toNumber(encoding.slice(0, 32))) || 1n;
  let t = mod(toNumber(encoding.slice(32))) || 1n;
  if (mod(u ** 3n + t * t + 7n) === 0n) t = mod(2n * t);
  const X = divide(u ** 3n + 7n - t * t, 2n * t);
  const Y = divide(X + t, rootOfMinus3 * u);
  const candidates = [u + 4n * Y * Y, divide(divide(-X, Y) - u, 2n), divide(divide(X, Y) - u, 2n)];
  const x = candidates.map(mod).find((each) => lift(each) !== undefined);
  if (x === undefined) throw new Error("second initiator: an encoding without a point");
  return toBytes(x);
}

/** An x-coordinate to 64 bytes. */
export function secondEncode(x: bigint, source: ByteSource): Uint8Array {
  for (;;) {
    const u = mod(toNumber(source.bytes(32)));
    const which = (source.bytes(1)[0] as number) % 8;
    const t = u === 0n ? undefined : preimage(x, u, which);
    if (t !== undefined) return join(toBytes(u), toBytes(t));
  }
}

function preimage(x: bigint, u: bigint, which: number): bigint | undefined {
  const g = u ** 3n + 7n;
  let v = x;
  let s: bigint;
  if (which === 0 || which === 1 || which === 4 || which === 5) {
    if (lift(mod(-x - u)) !== undefined) return undefined;
    s = divide(-g, u * u + u * v + v * v);
  } else {
    s = mod(x - u);
    if (s === 0n) return undefined;
    const r = root(mod(-s * (4n * g + 3n * s * u * u)));
    if (r === undefined || (which % 2 === 1 && r === 0n)) return undefined;
    v = divide(divide(r, s) - u, 2n);
  }
  const w = root(s);
  if (w === undefined) return undefined;
  const factor = which % 2 === 0 ? divide(1n - rootOfMinus3, 2n) : divide(1n + rootOfMinus3, 2n);
  const magnitude = w * (u * factor + v);
  const isNegative = which === 0 || which === 2 || which === 5 || which === 7;
  return mod(isNegative ? -magnitude : magnitude);
}

// Hashes and the cipher.

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha256", key).update(data).digest());

function hkdf(chainingKey: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const secret = hmac(chainingKey, material);
  const one = hmac(secret, Uint8Array.of(1));
  return [one, hmac(secret, join(one, Uint8Array.of(2)))];
}

function cipher(key: Uint8Array, counter: bigint, associated: Uint8Array) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, counter, true);
  return chacha20poly1305(key, nonce, associated);
}

// BIP 340.

const taggedHash = (tag: string, ...parts: Uint8Array[]): Uint8Array => {
  const tagHash = sha256(new TextEncoder().encode(tag));
  return sha256(tagHash, tagHash, ...parts);
};

function signatureHolds(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const P = lift(toNumber(publicKey));
  const r = toNumber(signature.slice(0, 32));
  const s = toNumber(signature.slice(32));
  if (P === undefined || r >= p || s >= n) return false;
  const e = toNumber(taggedHash("BIP0340/challenge", toBytes(r), publicKey, digest)) % n;
  const R = plus(times(G, s), times(P, (n - e) % n));
  return R !== undefined && R.y % 2n === 0n && R.x === r;
}

/** The client, first step to last frame. Every fault is a plain Error. */
export class SecondNoiseInitiator {
  /** 64 bytes to send first. */
  readonly act1: Uint8Array;
  readonly #secret: bigint;
  #hash: Uint8Array;
  #chainingKey: Uint8Array;
  #sendKey = new Uint8Array(0);
  #receiveKey = new Uint8Array(0);
  #sendCounter = 0n;
  #receiveCounter = 0n;
  #stream = new Uint8Array(0);
  /** The opened header whose payload has not come whole. */
  #header: Uint8Array | undefined;

  constructor(source: ByteSource) {
    this.#secret = 1n + toNumber(source.bytes(32)) % (n - 1n);
    this.act1 = secondEncode((times(G, this.#secret) as Point).x, source);
    this.#chainingKey = sha256(
      new TextEncoder().encode("Noise_NX_Secp256k1+EllSwift_ChaChaPoly_SHA256"),
    );
    this.#hash = sha256(this.#chainingKey);
    this.#hash = sha256(this.#hash, this.act1);
    this.#hash = sha256(this.#hash);
  }

  /** Takes the server's 234 bytes; throws when anything about them is wrong. */
  readAct2(act2: Uint8Array, expected: ExpectedServer): void {
    if (act2.length !== 234) throw new Error(`second initiator: act 2 of ${act2.length} bytes`);
    const ephemeral = act2.slice(0, 64);
    this.#hash = sha256(this.#hash, ephemeral);
    const serverStatic = this.#openSealed(ephemeral, act2.slice(64, 144));
    const certificate = this.#openSealed(serverStatic, act2.slice(144));
    this.#check(certificate, serverStatic, expected);
    const [send, receive] = hkdf(this.#chainingKey, new Uint8Array(0));
    this.#sendKey = Uint8Array.from(send);
    this.#receiveKey = Uint8Array.from(receive);
  }

  /** MixKey with a key of the server, then DecryptAndHash. */
  #openSealed(theirs: Uint8Array, sealed: Uint8Array): Uint8Array {
    const point = lift(toNumber(secondDecode(theirs))) as Point;
    const x = toBytes((times(point, this.#secret) as Point).x);
    const shared = taggedHash("bip324_ellswift_xonly_ecdh", this.act1, theirs, x);
    const [chainingKey, key] = hkdf(this.#chainingKey, shared);
    this.#chainingKey = chainingKey;
    const plain = cipher(key, 0n, this.#hash).decrypt(sealed);
    this.#hash = sha256(this.#hash, sealed);
    return plain;
  }

  #check(certificate: Uint8Array, serverStatic: Uint8Array, expected: ExpectedServer): void {
    const view = new DataView(certificate.slice().buffer);
    if (view.getUint16(0, true) !== 0) throw new Error("second initiator: certificate version");
    const time = expected.unixTime;
    if (time < view.getUint32(2, true) || time > view.getUint32(6, true)) {
      throw new Error("second initiator: certificate out of its time");
    }
    const digest = sha256(certificate.slice(0, 10), secondDecode(serverStatic));
    if (!signatureHolds(expected.authorityKey, digest, certificate.slice(10))) {
      throw new Error("second initiator: certificate not signed by the authority");
    }
  }

  /** Seals one whole plain frame. */
  seal(frame: Uint8Array): Uint8Array {
    const parts = [this.#sealPart(frame.slice(0, 6))];
    for (let at = 6; at < frame.length; at += 65_519) {
      parts.push(this.#sealPart(frame.slice(at, at + 65_519)));
    }
    return join(...parts);
  }

  /** Takes bytes of the stream; the plain frames (header and payload) that are whole now. */
  open(bytes: Uint8Array): Uint8Array[] {
    this.#stream = Uint8Array.from(join(this.#stream, bytes));
    const frames: Uint8Array[] = [];
    for (;;) {
      if (this.#header === undefined) {
        if (this.#stream.length < 22) return frames;
        this.#header = this.#openPart(22);
      }
      const [, , , low = 0, middle = 0, high = 0] = this.#header;
      const length = low + 256 * middle + 65_536 * high;
      if (this.#stream.length < length + 16 * Math.ceil(length / 65_519)) return frames;
      const parts = [this.#header];
      for (let left = length; left > 0; left -= 65_519) {
        parts.push(this.#openPart(Math.min(left, 65_519) + 16));
      }
      frames.push(join(...parts));
      this.#header = undefined;
    }
  }

  #sealPart(plain: Uint8Array): Uint8Array {
    return cipher(this.#sendKey, this.#sendCounter++, new Uint8Array(0)).encrypt(plain);
  }

  #openPart(length: number): Uint8Array {
    const sealed = this.#stream.slice(0, length);
    this.#stream = this.#stream.slice(length);
    return cipher(this.#receiveKey, this.#receiveCounter++, new Uint8Array(0)).decrypt(sealed);
  }
}
