import { systemRandom } from "../../../../src/base/mod.ts";
import {
  answerHandshake,
  type AuthorityKeyPair,
  CertificateIssuer,
  type FinishedHandshake,
  generateAuthorityKeyPair,
  generateKeyPair,
  NoiseCodec,
  startHandshake,
} from "../../../../src/wire/noise/mod.ts";
import { CipherState } from "../../../../src/wire/noise/cipher_state.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** A server's side, with the authority and the time that its certificate belongs to. */
export interface NoiseServer {
  readonly authority: AuthorityKeyPair;
  readonly issuer: CertificateIssuer;
  readonly clock: FakeClock;
  readonly unixTime: number;
}

/** A server with fresh keys and a certificate of an hour. */
export function noiseServer(): NoiseServer {
  const clock = new FakeClock();
  const authority = generateAuthorityKeyPair(systemRandom);
  const issuer = new CertificateIssuer({ authority, validitySecs: 3600 }, {
    clock,
    random: systemRandom,
  });
  return { authority, issuer, clock, unixTime: Math.floor(clock.now() / 1000) };
}

/** Both sides of a finished handshake. */
export function establish(
  server = noiseServer(),
): { readonly client: FinishedHandshake; readonly serverCodec: NoiseCodec } {
  const started = startHandshake(generateKeyPair(systemRandom));
  const { act2, codec } = answerHandshake(
    started.act1,
    server.issuer.current(),
    generateKeyPair(systemRandom),
  );
  const client = started.awaiting.finish(act2, {
    authorityKey: server.authority.publicKey,
    unixTime: server.unixTime,
    clockToleranceSecs: 0,
  });
  return { client, serverCodec: codec };
}

/** Two codecs that understand each other, without the cost of a handshake. */
export function codecPair(seed = 7): { readonly near: NoiseCodec; readonly far: NoiseCodec } {
  const there = new Uint8Array(32).fill(seed);
  const back = new Uint8Array(32).fill(seed + 1);
  return {
    near: new NoiseCodec({ sending: new CipherState(there), receiving: new CipherState(back) }),
    far: new NoiseCodec({ sending: new CipherState(back), receiving: new CipherState(there) }),
  };
}
