/**
 * The NX handshake (SV2 spec §4.5) as steps: the next one exists only on the result of the last.
 *
 * | act | direction        | bytes | content                                                        |
 * |-----|------------------|-------|----------------------------------------------------------------|
 * | 1   | client to server | 64    | client's ephemeral key                                         |
 * | 2   | server to client | 234   | server's ephemeral key, sealed static key, sealed certificate  |
 *
 * @module
 */
import { assert, concatBytes } from "../../base/mod.ts";
import {
  type Certificate,
  CERTIFICATE_LENGTH,
  type CertificateExpectation,
  verifyCertificate,
} from "./certificate.ts";
import type { Identity } from "./certificate_issuer.ts";
import { MAC_LENGTH } from "./cipher_state.ts";
import { ELLSWIFT_LENGTH } from "./elligator_swift.ts";
import { NoiseError } from "./errors.ts";
import { type EllSwiftKeyPair, peerKey, sharedSecret } from "./key_pair.ts";
import { NoiseCodec } from "./noise_codec.ts";
import { SymmetricState } from "./symmetric_state.ts";

/** Bytes of the client's message. */
export const ACT1_LENGTH = ELLSWIFT_LENGTH;

const SEALED_KEY_LENGTH = ELLSWIFT_LENGTH + MAC_LENGTH;

/** Bytes of the server's message. */
export const ACT2_LENGTH = ELLSWIFT_LENGTH + SEALED_KEY_LENGTH + CERTIFICATE_LENGTH + MAC_LENGTH;

const EMPTY = new Uint8Array(0);

/** The server's side after its only step. */
export interface AnsweredHandshake {
  /** 234 bytes to send. */
  readonly act2: Uint8Array;
  /** What seals and opens from here on. */
  readonly codec: NoiseCodec;
}

/**
 * The server's only step.
 *
 * @param act1 64 bytes from the client, any content.
 * @param identity static key and certificate.
 * @param ephemeral a key made for this handshake and never used again.
 * @throws {NoiseError} `noise-message-length`.
 */
export function answerHandshake(
  act1: Uint8Array,
  identity: Identity,
  ephemeral: EllSwiftKeyPair,
): AnsweredHandshake {
  checkLength(act1, ACT1_LENGTH, "first");
  const client = peerKey(act1);
  const state = new SymmetricState();
  state.mixHash(act1);
  // Act 1 carries an empty payload, and there is no key yet: it counts in the hash all the same.
  state.decryptAndHash(EMPTY);
  state.mixHash(ephemeral.encoding);
  state.mixKey(sharedSecret(ephemeral, client, "responder"));
  const sealedKey = state.encryptAndHash(identity.staticKey.encoding);
  state.mixKey(sharedSecret(identity.staticKey, client, "responder"));
  const sealedCertificate = state.encryptAndHash(identity.certificate);
  const keys = state.split();
  return {
    act2: concatBytes(ephemeral.encoding, sealedKey, sealedCertificate),
    codec: new NoiseCodec({
      sending: keys.responderToInitiator,
      receiving: keys.initiatorToResponder,
    }),
  };
}

/** The client's side after its first step. */
export interface StartedHandshake {
  /** 64 bytes to send. */
  readonly act1: Uint8Array;
  /** What the server's answer is given to. */
  readonly awaiting: AwaitingAct2;
}

/** The client's side after its second step. */
export interface FinishedHandshake {
  /** What seals and opens from here on. */
  readonly codec: NoiseCodec;
  /** The server's certificate as it was checked. */
  readonly certificate: Certificate;
  /** 32 bytes, the server's static key, x-only. */
  readonly serverKeyX: Uint8Array;
}

/**
 * The client's first step.
 *
 * @param ephemeral a key made for this handshake and never used again.
 */
export function startHandshake(ephemeral: EllSwiftKeyPair): StartedHandshake {
  const state = new SymmetricState();
  state.mixHash(ephemeral.encoding);
  state.encryptAndHash(EMPTY);
  return { act1: ephemeral.encoding, awaiting: new AwaitingAct2(state, ephemeral) };
}

/** A client that has sent its message. */
export class AwaitingAct2 {
  #pending: { state: SymmetricState; ephemeral: EllSwiftKeyPair } | undefined;

  /** Made by {@link startHandshake}. */
  constructor(state: SymmetricState, ephemeral: EllSwiftKeyPair) {
    this.#pending = { state, ephemeral };
  }

  /**
   * The client's second step. Works once: whatever its outcome, the handshake is over.
   *
   * @param act2 234 bytes from the server.
   * @throws {NoiseError} when the message does not open or the certificate is not what is expected.
   */
  finish(act2: Uint8Array, expected: CertificateExpectation): FinishedHandshake {
    assert(this.#pending !== undefined, "a handshake is finished once");
    const { state, ephemeral } = this.#pending;
    this.#pending = undefined;
    checkLength(act2, ACT2_LENGTH, "second");
    const keyEnd = ELLSWIFT_LENGTH + SEALED_KEY_LENGTH;
    const serverEphemeral = peerKey(act2.subarray(0, ELLSWIFT_LENGTH));
    state.mixHash(serverEphemeral.encoding);
    state.mixKey(sharedSecret(ephemeral, serverEphemeral, "initiator"));
    const serverStatic = peerKey(state.decryptAndHash(act2.subarray(ELLSWIFT_LENGTH, keyEnd)));
    state.mixKey(sharedSecret(ephemeral, serverStatic, "initiator"));
    const certificateBytes = state.decryptAndHash(act2.subarray(keyEnd));
    const serverKeyX = serverStatic.publicKeyX;
    const certificate = verifyCertificate(certificateBytes, serverKeyX, expected);
    const keys = state.split();
    const codec = new NoiseCodec({
      sending: keys.initiatorToResponder,
      receiving: keys.responderToInitiator,
    });
    return { codec, certificate, serverKeyX };
  }
}

function checkLength(message: Uint8Array, expected: number, which: string): void {
  if (message.length !== expected) {
    throw new NoiseError(
      "noise-message-length",
      `Cannot go on with a handshake: ${expected} bytes expected in the ${which} message, ` +
        `received ${message.length}`,
    );
  }
}
