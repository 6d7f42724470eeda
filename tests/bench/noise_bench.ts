/**
 * What does Noise cost the pool? A server's handshake by step decides how fast miners come back
 * after an outage; sealing a job frame of 180 bytes decides how fast ten thousand of them hear of a
 * new block. Each group has the same work in pure JavaScript as its baseline, because the product
 * uses the runtime's native cipher and curve for what is secret, and that choice must go on paying.
 *
 * Run: deno bench -A tests/bench/noise_bench.ts
 *
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { concatBytes, systemClock, systemRandom } from "../../src/base/mod.ts";
import { CipherState } from "../../src/wire/noise/cipher_state.ts";
import {
  answerHandshake,
  CertificateIssuer,
  EllSwiftKeyPair,
  FrameOpener,
  FrameSealer,
  generateAuthorityKeyPair,
  generateKeyPair,
  peerKey,
  sharedSecret,
  signCertificate,
  startHandshake,
} from "../../src/wire/noise/mod.ts";
import { decodeEllSwift, encodeEllSwift } from "../../src/wire/noise/elligator_swift.ts";
import { encodeFrame } from "../support/encode_frame.ts";

const authority = generateAuthorityKeyPair(systemRandom);
const issuer = new CertificateIssuer({ authority, validitySecs: 3_600 }, {
  clock: systemClock,
  random: systemRandom,
});
const identity = issuer.current();
const secretKey = generateAuthorityKeyPair(systemRandom).secretKey;
const ours = new EllSwiftKeyPair(secretKey, (x) => encodeEllSwift(x, systemRandom));
const theirs = generateKeyPair(systemRandom);
const theirPoint = concatBytes(Uint8Array.of(2), theirs.publicKeyX);
const unixTime = Math.floor(Date.now() / 1000);

// How long is the server's handshake, and what would it be if nothing were kept from one to the
// next (a static key and a signature for each, as other servers do it)?

Deno.bench("server handshake, static key and certificate kept", {
  group: "handshake",
  baseline: true,
}, () => {
  answerHandshake(theirs.encoding, issuer.current(), generateKeyPair(systemRandom));
});

Deno.bench("server handshake, static key and certificate made anew", { group: "handshake" }, () => {
  const staticKey = generateKeyPair(systemRandom);
  const claims = {
    serverKeyX: staticKey.publicKeyX,
    validFrom: unixTime,
    notValidAfter: unixTime + 60,
  };
  const certificate = signCertificate(claims, authority, systemRandom);
  const fresh = { staticKey, certificate };
  answerHandshake(theirs.encoding, fresh, generateKeyPair(systemRandom));
});

Deno.bench("both sides, with the client's check of the certificate", { group: "handshake" }, () => {
  const { act1, awaiting } = startHandshake(generateKeyPair(systemRandom));
  const { act2 } = answerHandshake(act1, identity, generateKeyPair(systemRandom));
  awaiting.finish(act2, { authorityKey: authority.publicKey, unixTime, clockToleranceSecs: 10 });
});

// Where does the time of a handshake go?

Deno.bench("multiplication by a secret, bigints", { group: "steps", baseline: true }, () => {
  secp256k1.getSharedSecret(secretKey, theirPoint);
});

const theirKey = peerKey(theirs.encoding);
Deno.bench("shared secret: native multiplication, hash", { group: "steps" }, () => {
  sharedSecret(ours, theirKey, "responder");
});

Deno.bench("public key of a secret, native", { group: "steps" }, () => {
  new EllSwiftKeyPair(secretKey, () => theirs.encoding);
});

Deno.bench("ElligatorSwift encoding", { group: "steps" }, () => {
  encodeEllSwift(ours.publicKeyX, systemRandom);
});

Deno.bench("ElligatorSwift decoding", { group: "steps" }, () => {
  decodeEllSwift(theirs.encoding);
});

const digest = systemRandom.bytes(32);
Deno.bench("BIP 340 signature", { group: "steps" }, () => {
  schnorr.sign(digest, authority.secretKey, digest);
});

// What does a miner cost when a job goes to all, and a share when it comes in?

const key = systemRandom.bytes(32);
const nonce = new Uint8Array(12);

function frame(payloadLength: number): Uint8Array {
  const payload = systemRandom.bytes(payloadLength);
  return encodeFrame({ extensionType: 0x455a, channelMsg: true, msgType: 0x20, payload });
}

for (const [what, length] of [["job", 180], ["share", 1_400], ["largest chunk", 65_519]] as const) {
  const group = `seal ${what}`;
  const plain = frame(length);
  const sealer = new FrameSealer(new CipherState(key));
  Deno.bench(`seal a ${what} of ${length} bytes, JavaScript`, { group, baseline: true }, () => {
    const header = chacha20poly1305(key, nonce).encrypt(plain.subarray(0, 6));
    const payload = chacha20poly1305(key, nonce).encrypt(plain.subarray(6));
    const wire = new Uint8Array(header.length + payload.length);
    wire.set(header);
    wire.set(payload, header.length);
  });
  Deno.bench(`seal a ${what} of ${length} bytes`, { group }, () => {
    sealer.seal(plain);
  });
}

const share = frame(1_400);
const sealedShare = new FrameSealer(new CipherState(key)).seal(share);
const sealedHeader = sealedShare.subarray(0, 22);
const sealedPayload = sealedShare.subarray(22);
const secondNonce = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);

Deno.bench(
  "open a share of 1400 bytes, JavaScript",
  { group: "open share", baseline: true },
  () => {
    chacha20poly1305(key, nonce).decrypt(sealedHeader);
    chacha20poly1305(key, secondNonce).decrypt(sealedPayload);
  },
);

Deno.bench("open a share of 1400 bytes", { group: "open share" }, () => {
  const opener = new FrameOpener(new CipherState(key));
  for (const _frame of opener.push(sealedShare));
});
