import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, ProtocolError } from "../../../../src/base/mod.ts";
import { LineFramer } from "../../../../src/wire/transport/_line_framer.ts";
import { LINE_LENGTH_MAX } from "../../../../src/wire/transport/mod.ts";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a framer makes of pieces: the lines, and the code of the fault behind them. */
function read(
  pieces: readonly Uint8Array[],
  framer = new LineFramer(),
): { lines: string[]; code: string | undefined } {
  const lines: string[] = [];
  try {
    for (const piece of pieces) {
      // The reader's buffer is used again for each piece.
      const buffer = piece.slice();
      for (const line of framer.decode(buffer)) lines.push(line);
      buffer.fill(0x7a);
    }
    return { lines, code: undefined };
  } catch (error) {
    assert(error instanceof ProtocolError);
    assert.equal(error.consequence, "drop_connection");
    return { lines, code: error.code };
  }
}

/** Cuts bytes at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length];
  let from = 0;
  return ends.sort((a, b) => a - b).map((end) => bytes.subarray(from, from = end));
}

Deno.test("lines come whole and in order, however the stream is cut and whichever end they have", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 40 })
    .map((text) => text.replace(/[\r\n]/g, " ").replace(/^\uFEFF+/, ""));
  const ends = fc.constantFrom("\n", "\r\n", "\n\n", "\r\n\r\n");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(line, ends), { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (written, places) => {
        const stream = bytesOf(written.map((each) => each.join("")).join(""));
        const framer = new LineFramer();
        const { lines, code } = read(cut(stream, places), framer);
        assert.equal(code, undefined);
        assert.deepEqual(lines, written.map(([text]) => text).filter((text) => text !== ""));
        assert.equal(framer.reserved, 0, "nothing is kept between two lines");
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("a stream of one byte a piece gives the same lines", () => {
  const stream = bytesOf('{"id":1}\r\n\n{"é":"ß"}\n{"id":');
  const pieces = Array.from(stream, (byte) => Uint8Array.of(byte));
  assert.deepEqual(read(pieces), { lines: ['{"id":1}', '{"é":"ß"}'], code: undefined });
});

Deno.test("a line of the greatest length is taken, and one byte more ends the stream", () => {
  const longest = "x".repeat(LINE_LENGTH_MAX);
  for (const end of ["\n", "\r\n"]) {
    for (const places of [[], [5], [LINE_LENGTH_MAX - 1, LINE_LENGTH_MAX]]) {
      assert.deepEqual(read(cut(bytesOf(longest + end), places)).lines, [longest]);
    }
  }
  for (const places of [[], [5], [LINE_LENGTH_MAX]]) {
    const ended = read(cut(bytesOf(`a\n${longest}xx\nb\n`), places));
    assert.deepEqual(ended, { lines: ["a"], code: "line-too-long" });
    const endless = read(cut(bytesOf(`a\n${longest}xx`), places));
    assert.deepEqual(endless, { lines: ["a"], code: "line-too-long" });
  }
});

Deno.test("a line that never ends costs what has come of it, up to the bound", () => {
  const framer = new LineFramer();
  let sent = 0;
  let code: string | undefined;
  while (code === undefined) {
    code = read([Uint8Array.of(0x7b)], framer).code;
    sent++;
    assert(framer.reserved <= Math.max(256, 2 * sent), `${framer.reserved} bytes for ${sent}`);
  }
  assert.equal(code, "line-too-long");
  assert.equal(sent, LINE_LENGTH_MAX + 2);
});

Deno.test("a line that is no UTF-8 ends the stream behind the lines in front of it", () => {
  const broken = [
    Uint8Array.of(0xff),
    Uint8Array.of(0xc3),
    // A surrogate, and an overlong slash.
    Uint8Array.of(0xed, 0xa0, 0x80),
    Uint8Array.of(0xc0, 0xaf),
  ];
  for (const bytes of broken) {
    const stream = concatBytes(bytesOf("a\n"), bytes, bytesOf("\nb\n"));
    assert.deepEqual(read([stream]), { lines: ["a"], code: "line-not-utf8" });
  }
});
