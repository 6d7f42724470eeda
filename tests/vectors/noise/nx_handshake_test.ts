import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes } from "../../../src/base/mod.ts";
import {
  ACT2_LENGTH,
  answerHandshake,
  authorityKeyPairOf,
  EllSwiftKeyPair,
  type FrameOpener,
  NoiseCodec,
  peerKey,
  sharedSecret,
  signCertificate,
  startHandshake,
} from "../../../src/wire/noise/mod.ts";
import { CipherState } from "../../../src/wire/noise/cipher_state.ts";
import { PROTOCOL_NAME, SymmetricState } from "../../../src/wire/noise/symmetric_state.ts";
import { readJson } from "./_vector_files.ts";

interface KeyVector {
  readonly private: string;
  readonly x_only: string;
  readonly ellswift: string;
}

interface TransportVector {
  readonly direction: "initiator->responder" | "responder->initiator";
  readonly note: string;
  readonly frame_header: string;
  readonly payload_length: number;
  readonly payload?: string;
  readonly aead_operations: readonly unknown[];
  readonly wire_length: number;
  readonly wire_sha256: string;
  readonly wire?: string;
  readonly header_ciphertext?: string;
  readonly last_16_wire_bytes?: string;
}

interface Transcript {
  readonly protocol_name: string;
  readonly initiator_ephemeral: KeyVector;
  readonly responder_ephemeral: KeyVector;
  readonly responder_static: KeyVector;
  readonly authority: { readonly private: string; readonly x_only: string };
  readonly certificate: {
    readonly valid_from: number;
    readonly not_valid_after: number;
    readonly signature: string;
    readonly signature_noise_message: string;
  };
  readonly act1: string;
  readonly act2: string;
  readonly act2_encrypted_static: string;
  readonly act2_encrypted_certificate: string;
  readonly ecdh_e_re: string;
  readonly ecdh_e_s: string;
  readonly final_h: string;
  readonly key_initiator_to_responder: string;
  readonly key_responder_to_initiator: string;
  readonly symmetric_state_steps: readonly { readonly after: string; readonly h: string }[];
  readonly transport: readonly TransportVector[];
}

const transcript = await readJson<Transcript>("sv2_noise_nx_handshake.json");

function keyPair(vector: KeyVector): EllSwiftKeyPair {
  const pair = new EllSwiftKeyPair(
    hexToBytes(vector.private),
    () => hexToBytes(vector.ellswift),
  );
  assert.equal(bytesToHex(pair.publicKeyX), vector.x_only);
  return pair;
}

const initiatorEphemeral = keyPair(transcript.initiator_ephemeral);
const responderEphemeral = keyPair(transcript.responder_ephemeral);
const responderStatic = keyPair(transcript.responder_static);
const certificate = hexToBytes(transcript.certificate.signature_noise_message);

/** Plain frame of a transport vector; long payloads are given by a rule. */
function plainFrame(vector: TransportVector): Uint8Array {
  const payload = vector.payload === undefined
    ? Uint8Array.from({ length: vector.payload_length }, (_, i) => (7 * i + 3) & 0xff)
    : hexToBytes(vector.payload);
  return concatBytes(hexToBytes(vector.frame_header), payload);
}

Deno.test("the certificate of the transcript is signed as published", () => {
  const authority = authorityKeyPairOf(hexToBytes(transcript.authority.private));
  assert.equal(bytesToHex(authority.publicKey), transcript.authority.x_only);
  const made = signCertificate(
    {
      serverKeyX: responderStatic.publicKeyX,
      validFrom: transcript.certificate.valid_from,
      notValidAfter: transcript.certificate.not_valid_after,
    },
    authority,
    { bytes: (length) => new Uint8Array(length) },
  );
  assert.equal(bytesToHex(made), transcript.certificate.signature_noise_message);
});

Deno.test("the symmetric state passes through every step of the transcript", () => {
  assert.equal(PROTOCOL_NAME, transcript.protocol_name);
  const state = new SymmetricState();
  const hashes = [bytesToHex(state.handshakeHash)];
  const step = (change: () => void): void => {
    change();
    hashes.push(bytesToHex(state.handshakeHash));
  };
  const client = peerKey(initiatorEphemeral.encoding);
  const first = sharedSecret(responderEphemeral, client, "responder");
  const second = sharedSecret(responderStatic, client, "responder");
  assert.equal(bytesToHex(first), transcript.ecdh_e_re);
  assert.equal(bytesToHex(second), transcript.ecdh_e_s);
  step(() => state.mixHash(initiatorEphemeral.encoding));
  step(() => state.encryptAndHash(new Uint8Array(0)));
  step(() => state.mixHash(responderEphemeral.encoding));
  step(() => state.mixKey(first));
  step(() => {
    const sealed = state.encryptAndHash(responderStatic.encoding);
    assert.equal(bytesToHex(sealed), transcript.act2_encrypted_static);
  });
  step(() => state.mixKey(second));
  step(() => {
    const sealed = state.encryptAndHash(certificate);
    assert.equal(bytesToHex(sealed), transcript.act2_encrypted_certificate);
  });
  assert.deepEqual(hashes, transcript.symmetric_state_steps.map((each) => each.h));
  assert.equal(hashes.at(-1), transcript.final_h);
});

Deno.test("server and client reproduce the transcript's acts and frames byte for byte", () => {
  const client = startHandshake(initiatorEphemeral);
  assert.equal(bytesToHex(client.act1), transcript.act1);
  const server = answerHandshake(
    client.act1,
    { staticKey: responderStatic, certificate },
    responderEphemeral,
  );
  assert.equal(server.act2.length, ACT2_LENGTH);
  assert.equal(bytesToHex(server.act2), transcript.act2);
  const finished = client.awaiting.finish(server.act2, {
    authorityKey: hexToBytes(transcript.authority.x_only),
    unixTime: transcript.certificate.valid_from,
    clockToleranceSecs: 0,
  });
  assert.equal(bytesToHex(finished.serverKeyX), transcript.responder_static.x_only);
  assert.equal(bytesToHex(finished.certificate.signature), transcript.certificate.signature);

  assert.equal(transcript.transport.length, 6);
  for (const vector of transcript.transport) {
    const fromClient = vector.direction === "initiator->responder";
    const sender = fromClient ? finished.codec : server.codec;
    const receiver = fromClient ? server.codec : finished.codec;
    const plain = plainFrame(vector);
    const wire = sender.sealer.seal(plain);
    checkWire(wire, vector);
    assert.deepEqual(opened(receiver.opener, wire), [plain], vector.note);
  }
});

Deno.test("the keys of the two directions are the transcript's", () => {
  const codec = new NoiseCodec({
    sending: new CipherState(hexToBytes(transcript.key_initiator_to_responder)),
    receiving: new CipherState(hexToBytes(transcript.key_responder_to_initiator)),
  });
  const [setup, success] = transcript.transport;
  assert.ok(setup !== undefined && success !== undefined);
  checkWire(codec.sealer.seal(plainFrame(setup)), setup);
  assert.deepEqual(opened(codec.opener, hexToBytes(success.wire ?? "")), [plainFrame(success)]);
});

function checkWire(wire: Uint8Array, vector: TransportVector): void {
  assert.equal(wire.length, vector.wire_length, vector.note);
  assert.equal(bytesToHex(sha256(wire)), vector.wire_sha256, vector.note);
  if (vector.wire !== undefined) assert.equal(bytesToHex(wire), vector.wire, vector.note);
  if (vector.header_ciphertext !== undefined) {
    assert.equal(bytesToHex(wire.subarray(0, 22)), vector.header_ciphertext, vector.note);
  }
  if (vector.last_16_wire_bytes !== undefined) {
    assert.equal(bytesToHex(wire.subarray(-16)), vector.last_16_wire_bytes, vector.note);
  }
}

function opened(opener: FrameOpener, wire: Uint8Array): Uint8Array[] {
  return [...opener.push(wire)];
}
