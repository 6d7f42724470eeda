/**
 * The certificate of a server: SIGNATURE_NOISE_MESSAGE of the SV2 spec §4.5.3.
 *
 * 74 bytes: version U16 LE (0), valid_from U32 LE, not_valid_after U32 LE (Unix seconds), signature
 * 64. The authority signs (BIP 340) SHA-256 of the first three fields as they are sent, and the
 * x-only static key of the server, 32 bytes.
 *
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { assert, concatBytes, type Random } from "../../base/mod.ts";
import { NoiseError } from "./errors.ts";
import type { AuthorityKeyPair } from "./key_pair.ts";

/** Bytes of a certificate. */
export const CERTIFICATE_LENGTH = 74;

const CERTIFICATE_VERSION = 0;
const SIGNED_FIELDS_LENGTH = 10;
const U32_MAX = 0xffff_ffff;

/** The fields of a certificate. */
export interface Certificate {
  /** Unix seconds, inclusive. */
  readonly validFrom: number;
  /** Unix seconds, inclusive. */
  readonly notValidAfter: number;
  /** 64 bytes, BIP 340. */
  readonly signature: Uint8Array;
}

/** What an authority vouches for. */
export interface CertificateClaims {
  /** 32 bytes, x-only. */
  readonly serverKeyX: Uint8Array;
  /** Unix seconds, inclusive; 0 to 2^32-1. */
  readonly validFrom: number;
  /** Unix seconds, inclusive; 0 to 2^32-1. */
  readonly notValidAfter: number;
}

/** What a client expects of a server's certificate. */
export interface CertificateExpectation {
  /** 32 bytes, x-only; absent: signature and time are not checked, the version is. */
  readonly authorityKey?: Uint8Array | undefined;
  /** The client's time, Unix seconds. */
  readonly unixTime: number;
  /** By how many seconds the two clocks may differ. */
  readonly clockToleranceSecs: number;
}

/**
 * Signs a certificate.
 *
 * @returns 74 bytes, as they go into the handshake.
 */
export function signCertificate(
  claims: CertificateClaims,
  authority: AuthorityKeyPair,
  random: Random,
): Uint8Array {
  assert(
    isU32(claims.validFrom) && isU32(claims.notValidAfter) &&
      claims.validFrom <= claims.notValidAfter,
    "a certificate's times are ordered U32",
  );
  const bytes = new Uint8Array(CERTIFICATE_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, CERTIFICATE_VERSION, true);
  view.setUint32(2, claims.validFrom, true);
  view.setUint32(6, claims.notValidAfter, true);
  const digest = signedDigest(bytes, claims.serverKeyX);
  bytes.set(schnorr.sign(digest, authority.secretKey, random.bytes(32)), SIGNED_FIELDS_LENGTH);
  return bytes;
}

/**
 * Reads a certificate and checks what the client can: version, authority's signature, time.
 *
 * @param bytes 74 bytes.
 * @param serverKeyX 32 bytes, the static key that the server proved to have.
 * @throws {NoiseError} `certificate-version`, `certificate-signature`, `certificate-not-yet-valid`
 * or `certificate-expired`.
 */
export function verifyCertificate(
  bytes: Uint8Array,
  serverKeyX: Uint8Array,
  expected: CertificateExpectation,
): Certificate {
  assert(bytes.length === CERTIFICATE_LENGTH, "a certificate has 74 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint16(0, true);
  if (version !== CERTIFICATE_VERSION) {
    throw new NoiseError(
      "certificate-version",
      `Cannot trust the server: certificate version ${CERTIFICATE_VERSION} expected, received ${version}`,
    );
  }
  const certificate = {
    validFrom: view.getUint32(2, true),
    notValidAfter: view.getUint32(6, true),
    signature: bytes.slice(SIGNED_FIELDS_LENGTH),
  };
  if (expected.authorityKey !== undefined) {
    checkSignature(bytes, serverKeyX, expected.authorityKey);
    checkTime(certificate, expected);
  }
  return certificate;
}

function checkSignature(
  bytes: Uint8Array,
  serverKeyX: Uint8Array,
  authorityKey: Uint8Array,
): void {
  const signature = bytes.subarray(SIGNED_FIELDS_LENGTH);
  if (!schnorr.verify(signature, signedDigest(bytes, serverKeyX), authorityKey)) {
    throw new NoiseError(
      "certificate-signature",
      "Cannot trust the server: its certificate is not signed by the expected authority",
    );
  }
}

function checkTime(certificate: Certificate, expected: CertificateExpectation): void {
  const { unixTime, clockToleranceSecs } = expected;
  if (unixTime < certificate.validFrom - clockToleranceSecs) {
    throw new NoiseError(
      "certificate-not-yet-valid",
      `Cannot trust the server: its certificate is valid from ${certificate.validFrom}, ` +
        `it is ${unixTime} here`,
    );
  }
  if (unixTime > certificate.notValidAfter + clockToleranceSecs) {
    throw new NoiseError(
      "certificate-expired",
      `Cannot trust the server: its certificate was valid until ${certificate.notValidAfter}, ` +
        `it is ${unixTime} here`,
    );
  }
}

function signedDigest(certificate: Uint8Array, serverKeyX: Uint8Array): Uint8Array {
  return sha256(concatBytes(certificate.subarray(0, SIGNED_FIELDS_LENGTH), serverKeyX));
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= U32_MAX;
}
