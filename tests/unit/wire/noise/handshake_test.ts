import assert from "node:assert/strict";
import { systemRandom } from "../../../../src/base/mod.ts";
import {
  ACT1_LENGTH,
  ACT2_LENGTH,
  answerHandshake,
  type CertificateExpectation,
  type EllSwiftKeyPair,
  generateAuthorityKeyPair,
  generateKeyPair,
  NoiseError,
  startHandshake,
} from "../../../../src/wire/noise/mod.ts";
import { SecondNoiseInitiator } from "../../../support/second_noise_initiator.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { establish, noiseServer } from "./_noise_fixture.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

const server = noiseServer();
const payloads = seededRandom(1);
const expected: CertificateExpectation = {
  authorityKey: server.authority.publicKey,
  unixTime: server.unixTime,
  clockToleranceSecs: 0,
};

/** A client that has been answered; the answer may be spoiled before it is given to it. */
function answered(clientKey: EllSwiftKeyPair = generateKeyPair(systemRandom)) {
  const started = startHandshake(clientKey);
  const ephemeral = generateKeyPair(systemRandom);
  const answer = answerHandshake(started.act1, server.issuer.current(), ephemeral);
  return { ...started, ...answer };
}

function frame(payloadLength: number): Uint8Array {
  return encodeFrame({
    extensionType: 0x455a,
    channelMsg: true,
    msgType: 0x20,
    payload: payloads.bytes(payloadLength),
  });
}

Deno.test("after a handshake both sides read what the other sends", () => {
  const { client, serverCodec } = establish(server);
  assert.deepEqual(client.serverKeyX, server.issuer.current().staticKey.publicKeyX);
  for (const length of [0, 1, 180, 1_400, 70_000]) {
    const there = frame(length);
    assert.deepEqual([...serverCodec.opener.push(client.codec.sealer.seal(there))], [there]);
    const back = frame(length);
    assert.deepEqual([...client.codec.opener.push(serverCodec.sealer.seal(back))], [back]);
  }
});

Deno.test("the second implementation of the client talks with our server", () => {
  for (let seed = 0; seed < 4; seed++) {
    const second = new SecondNoiseInitiator(seededRandom(seed));
    assert.equal(second.act1.length, ACT1_LENGTH);
    const { act2, codec } = answerHandshake(
      second.act1,
      server.issuer.current(),
      generateKeyPair(systemRandom),
    );
    second.readAct2(act2, {
      authorityKey: server.authority.publicKey,
      unixTime: server.unixTime,
    });
    for (const length of [0, 1, 29, 1_400, 65_519, 65_520]) {
      const there = frame(length);
      assert.deepEqual([...codec.opener.push(second.seal(there))], [there], `${length} bytes`);
      const back = frame(length);
      assert.deepEqual(second.open(codec.sealer.seal(back)), [back], `${length} bytes`);
    }
  }
});

Deno.test("the second implementation refuses what ours refuses", () => {
  const wrongKey = generateAuthorityKeyPair(systemRandom).publicKey;
  const rows: readonly [string, Uint8Array, number][] = [
    ["other authority", wrongKey, server.unixTime],
    ["too early", server.authority.publicKey, server.unixTime - 61],
    ["too late", server.authority.publicKey, server.unixTime + 3_601],
  ];
  for (const [where, authorityKey, unixTime] of rows) {
    const second = new SecondNoiseInitiator(seededRandom(9));
    const identity = server.issuer.current();
    const { act2 } = answerHandshake(second.act1, identity, generateKeyPair(systemRandom));
    assert.throws(() => second.readAct2(act2, { authorityKey, unixTime }), Error, where);
    const { awaiting, act2: ours } = answered();
    assert.throws(
      () => awaiting.finish(ours, { authorityKey, unixTime, clockToleranceSecs: 0 }),
      NoiseError,
      where,
    );
  }
});

Deno.test("an answer with any byte changed ends the handshake", () => {
  for (let i = 0; i < ACT2_LENGTH; i++) {
    const { awaiting, act2 } = answered();
    act2[i] = (act2[i] as number) ^ 0x01;
    assert.throws(
      () => awaiting.finish(act2, expected),
      { code: "noise-decryption-failed" },
      `byte ${i}`,
    );
  }
});

Deno.test("an answer to another client's first message does not open", () => {
  const other = answered();
  const { awaiting } = answered();
  assert.throws(() => awaiting.finish(other.act2, expected), { code: "noise-decryption-failed" });
});

Deno.test("a first message that was changed on the way is noticed by the client", () => {
  const started = startHandshake(generateKeyPair(systemRandom));
  const changed = started.act1.slice();
  changed[40] = (changed[40] as number) ^ 0x10;
  const { act2 } = answerHandshake(
    changed,
    server.issuer.current(),
    generateKeyPair(systemRandom),
  );
  assert.throws(() => started.awaiting.finish(act2, expected), {
    code: "noise-decryption-failed",
  });
});

Deno.test("the server answers any 64 bytes, and nothing that its sender cannot seal opens", () => {
  const messages = [
    new Uint8Array(ACT1_LENGTH),
    new Uint8Array(ACT1_LENGTH).fill(0xff),
    new TextEncoder().encode('{"id":1,"method":"mining.subscribe","params":[]}'.padEnd(64, " ")),
    systemRandom.bytes(ACT1_LENGTH),
  ];
  for (const act1 of messages) {
    const ephemeral = generateKeyPair(systemRandom);
    const { act2, codec } = answerHandshake(act1, server.issuer.current(), ephemeral);
    assert.equal(act2.length, ACT2_LENGTH);
    assert.throws(() => [...codec.opener.push(systemRandom.bytes(22))], {
      code: "noise-decryption-failed",
    });
  }
});

Deno.test("messages of another length are refused", () => {
  const identity = server.issuer.current();
  for (const length of [0, 1, 63, 65, 128]) {
    assert.throws(
      () => answerHandshake(new Uint8Array(length), identity, generateKeyPair(systemRandom)),
      { code: "noise-message-length" },
      `act 1 of ${length} bytes`,
    );
  }
  for (const length of [0, 64, 170, 233, 235]) {
    const { awaiting } = answered();
    assert.throws(
      () => awaiting.finish(new Uint8Array(length), expected),
      { code: "noise-message-length" },
      `act 2 of ${length} bytes`,
    );
  }
});

Deno.test("a handshake is finished once, whatever came of it", () => {
  const good = answered();
  good.awaiting.finish(good.act2, expected);
  assert.throws(() => good.awaiting.finish(good.act2, expected), { code: "assertion-failed" });
  const bad = answered();
  assert.throws(() => bad.awaiting.finish(new Uint8Array(ACT2_LENGTH), expected), NoiseError);
  assert.throws(() => bad.awaiting.finish(bad.act2, expected), { code: "assertion-failed" });
});

Deno.test("two sessions with the same static key have nothing in common on the wire", () => {
  const one = establish(server);
  const other = establish(server);
  const same = frame(50);
  assert.notDeepEqual(one.serverCodec.sealer.seal(same), other.serverCodec.sealer.seal(same));
});
