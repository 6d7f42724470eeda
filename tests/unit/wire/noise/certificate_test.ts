import assert from "node:assert/strict";
import { systemRandom } from "../../../../src/base/mod.ts";
import {
  CERTIFICATE_LENGTH,
  type CertificateExpectation,
  generateAuthorityKeyPair,
  generateKeyPair,
  NoiseError,
  signCertificate,
  verifyCertificate,
} from "../../../../src/wire/noise/mod.ts";

const authority = generateAuthorityKeyPair(systemRandom);
const serverKeyX = generateKeyPair(systemRandom).publicKeyX;
const VALID_FROM = 1_790_000_000;
const NOT_VALID_AFTER = VALID_FROM + 3_600;
const bytes = signCertificate(
  { serverKeyX, validFrom: VALID_FROM, notValidAfter: NOT_VALID_AFTER },
  authority,
  systemRandom,
);

function expectation(change: Partial<CertificateExpectation> = {}): CertificateExpectation {
  return {
    authorityKey: authority.publicKey,
    unixTime: VALID_FROM + 60,
    clockToleranceSecs: 0,
    ...change,
  };
}

Deno.test("a certificate is 74 bytes that say what was signed", () => {
  assert.equal(bytes.length, CERTIFICATE_LENGTH);
  const certificate = verifyCertificate(bytes, serverKeyX, expectation());
  assert.equal(certificate.validFrom, VALID_FROM);
  assert.equal(certificate.notValidAfter, NOT_VALID_AFTER);
  assert.deepEqual(certificate.signature, bytes.slice(10));
});

Deno.test("a certificate holds from its first second to its last, give or take the tolerance", () => {
  const rows: readonly [number, number, string | undefined][] = [
    [VALID_FROM, 0, undefined],
    [VALID_FROM - 1, 0, "certificate-not-yet-valid"],
    [NOT_VALID_AFTER, 0, undefined],
    [NOT_VALID_AFTER + 1, 0, "certificate-expired"],
    [VALID_FROM - 10, 10, undefined],
    [VALID_FROM - 11, 10, "certificate-not-yet-valid"],
    [NOT_VALID_AFTER + 10, 10, undefined],
    [NOT_VALID_AFTER + 11, 10, "certificate-expired"],
    [0, 10, "certificate-not-yet-valid"],
    [2 ** 33, 10, "certificate-expired"],
  ];
  for (const [unixTime, clockToleranceSecs, code] of rows) {
    const where = `time ${unixTime - VALID_FROM}, tolerance ${clockToleranceSecs}`;
    const check = () =>
      verifyCertificate(bytes, serverKeyX, expectation({ unixTime, clockToleranceSecs }));
    if (code === undefined) assert.doesNotThrow(check, where);
    else assert.throws(check, { code, consequence: "drop_connection" }, where);
  }
});

Deno.test("a certificate with any byte changed is refused", () => {
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] = (changed[i] as number) ^ 0x40;
    assert.throws(
      () => verifyCertificate(changed, serverKeyX, expectation()),
      (error) =>
        error instanceof NoiseError &&
        error.code === (i < 2 ? "certificate-version" : "certificate-signature"),
      `byte ${i}`,
    );
  }
});

Deno.test("a certificate of another authority, or for another server, is refused", () => {
  const other = generateAuthorityKeyPair(systemRandom).publicKey;
  const otherServer = generateKeyPair(systemRandom).publicKeyX;
  const refused = { code: "certificate-signature" };
  assert.throws(
    () => verifyCertificate(bytes, serverKeyX, expectation({ authorityKey: other })),
    refused,
  );
  assert.throws(() => verifyCertificate(bytes, otherServer, expectation()), refused);
});

Deno.test("without an authority's key only the version is checked", () => {
  const anyone = expectation({ authorityKey: undefined, unixTime: 0 });
  const forged = bytes.slice();
  forged.fill(0xaa, 10);
  assert.doesNotThrow(() => verifyCertificate(forged, serverKeyX, anyone));
  forged[0] = 1;
  assert.throws(() => verifyCertificate(forged, serverKeyX, anyone), {
    code: "certificate-version",
  });
});

Deno.test("a certificate that cannot be written is a fault of the program", () => {
  const times: readonly [number, number][] = [[-1, 5], [5, 4], [0, 2 ** 32], [0.5, 4], [0, NaN]];
  for (const [validFrom, notValidAfter] of times) {
    assert.throws(
      () => signCertificate({ serverKeyX, validFrom, notValidAfter }, authority, systemRandom),
      { code: "assertion-failed" },
      `${validFrom} to ${notValidAfter}`,
    );
  }
});
