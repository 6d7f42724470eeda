import assert from "node:assert/strict";
import {
  errorLine,
  notifyLine,
  reconnectLine,
  resultLine,
  setExtranonceLine,
  setTargetLine,
  showMessageLine,
} from "../../../../src/wire/stratum/mod.ts";
import { u256ToLe } from "../../../../src/base/mod.ts";

function text(line: Uint8Array): string {
  return new TextDecoder().decode(line);
}

Deno.test("work has exactly eight parameters, in the bytes and the order of the header", () => {
  const hash = (first: number) => Uint8Array.from({ length: 32 }, (_, at) => first + at);
  const line = notifyLine({
    jobId: "cce",
    version: 4,
    previousBlockHash: hash(0),
    merkleRoot: hash(32),
    blockCommitments: hash(64),
    time: 0x5b2caf8e,
    bits: 0x1b0be9b1,
    cleanJobs: true,
  });
  assert.equal(
    text(line),
    '{"id":null,"method":"mining.notify","params":["cce","04000000",' +
      '"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",' +
      '"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",' +
      '"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",' +
      '"8eaf2c5b","b1e90b1b",true]}\n',
  );
});

Deno.test("a target has 64 digits, the most significant first, whatever its size", () => {
  for (const target of [0n, 1n, (1n << 243n) - 1n, (1n << 256n) - 1n]) {
    const [, digits = ""] =
      /"params":\["([0-9a-f]*)"\]/.exec(text(setTargetLine(u256ToLe(target)))) ??
        [];
    assert.equal(digits.length, 64);
    assert.equal(BigInt(`0x${digits}`), target);
  }
});

Deno.test("answers repeat the id and have result or error, never both", () => {
  assert.equal(text(resultLine('"a"', true)), '{"id":"a","result":true,"error":null}\n');
  assert.equal(
    text(resultLine("1", ["s", "0102"])),
    '{"id":1,"result":["s","0102"],"error":null}\n',
  );
  assert.equal(
    text(errorLine("9007199254740993", { code: 21, message: 'say "no"\n' })),
    '{"id":9007199254740993,"result":null,"error":[21,"say \\"no\\"\\n",null]}\n',
  );
});

Deno.test("notices have no id and hold one line each", () => {
  const rows: readonly [Uint8Array, string][] = [
    [setExtranonceLine(Uint8Array.of(1, 0xfe)), '"mining.set_extranonce","params":["01fe"]'],
    [reconnectLine(), '"client.reconnect","params":[]'],
    [showMessageLine("a\nb"), '"client.show_message","params":["a\\nb"]'],
  ];
  for (const [line, part] of rows) {
    assert.equal(text(line), `{"id":null,"method":${part}}\n`);
  }
});
