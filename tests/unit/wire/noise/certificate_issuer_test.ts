import assert from "node:assert/strict";
import { systemRandom } from "../../../../src/base/mod.ts";
import {
  type Certificate,
  CertificateIssuer,
  generateAuthorityKeyPair,
  type Identity,
  verifyCertificate,
} from "../../../../src/wire/noise/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const authority = generateAuthorityKeyPair(systemRandom);

function issuerAt(clock: FakeClock, validitySecs = 3_600): CertificateIssuer {
  return new CertificateIssuer({ authority, validitySecs }, { clock, random: systemRandom });
}

/** What a client with an exact clock makes of an identity now. */
function judge(identity: Identity, clock: FakeClock): Certificate {
  return verifyCertificate(identity.certificate, identity.staticKey.publicKeyX, {
    authorityKey: authority.publicKey,
    unixTime: Math.floor(clock.now() / 1000),
    clockToleranceSecs: 0,
  });
}

Deno.test("a certificate starts a minute ago and lasts as long as it was set to", () => {
  const clock = new FakeClock(1_790_000_000_900);
  const certificate = judge(issuerAt(clock, 7_200).current(), clock);
  assert.equal(certificate.validFrom, 1_790_000_000 - 60);
  assert.equal(certificate.notValidAfter, 1_790_000_000 + 7_200);
});

Deno.test("one certificate serves all handshakes until half of its life is over", async () => {
  const clock = new FakeClock();
  const issuer = issuerAt(clock);
  const first = issuer.current();
  await clock.advance(1_799_000);
  assert.equal(issuer.current(), first);
  await clock.advance(1_000);
  const second = issuer.current();
  assert.notEqual(second, first);
  assert.equal(second.staticKey, first.staticKey, "the static key lives as long as the issuer");
  assert.ok(judge(second, clock).notValidAfter > judge(first, clock).notValidAfter);
});

Deno.test("whatever is handed out has half of its life left, over many lives", async () => {
  const clock = new FakeClock();
  const issuer = issuerAt(clock, 60);
  const seen = new Set<Uint8Array>();
  for (let step = 0; step < 40; step++) {
    const identity = issuer.current();
    seen.add(identity.certificate);
    const left = judge(identity, clock).notValidAfter - Math.floor(clock.now() / 1000);
    assert.ok(left >= 30, `step ${step}: ${left} s left`);
    await clock.advance(7_000);
  }
  assert.ok(seen.size >= 8 && seen.size <= 10, `${seen.size} certificates in 280 s`);
});

Deno.test("a clock that is set back gets a certificate that is valid there", () => {
  let now = 1_790_000_000_000;
  const clock = new FakeClock();
  const moved = { now: () => now, monotonic: () => 0, after: () => () => {} };
  const issuer = new CertificateIssuer({ authority, validitySecs: 3_600 }, {
    clock: moved,
    random: systemRandom,
  });
  const first = issuer.current();
  now -= 30_000;
  assert.equal(issuer.current(), first, "the minute in the past covers small corrections");
  now -= 86_400_000;
  const earlier = issuer.current();
  assert.notEqual(earlier, first);
  assert.doesNotThrow(() => judge(earlier, new FakeClock(now)));
  assert.throws(() => judge(first, new FakeClock(now)));
  assert.equal(clock.pending, 0);
});

Deno.test("times stay inside of the 32 bits that the certificate has for them", () => {
  const last = new FakeClock((2 ** 32 - 10) * 1000);
  assert.equal(judge(issuerAt(last).current(), last).notValidAfter, 2 ** 32 - 1);
  const first = new FakeClock(5_000);
  assert.equal(judge(issuerAt(first).current(), first).validFrom, 0);
});

Deno.test("a validity below a minute, or no whole number, is refused", () => {
  for (const validitySecs of [59, 0, -1, 60.5, NaN, Infinity]) {
    assert.throws(() => issuerAt(new FakeClock(), validitySecs), RangeError, `${validitySecs}`);
  }
});

Deno.test("the issuer says which key miners must know", () => {
  assert.deepEqual(issuerAt(new FakeClock()).authorityKey, authority.publicKey);
});
