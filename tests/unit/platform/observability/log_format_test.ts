import assert from "node:assert/strict";
import fc from "fast-check";
import { formatEntry, type LogEntry } from "../../../../src/platform/observability/log_format.ts";

const entry: LogEntry = {
  timeMs: 1_795_400_000_123,
  level: "info",
  event: "block_found",
  message: "block found",
  fields: { height: 3_590_001, value_zat: 2n ** 60n, worker: "rig 1", ok: true, none: undefined },
};

Deno.test("log format: a JSON line has time, level, event, message and the fields", () => {
  assert.equal(
    formatEntry(entry, "json"),
    '{"time":"2026-11-23T02:13:20.123Z","level":"info","event":"block_found",' +
      '"message":"block found","height":3590001,"value_zat":"1152921504606846976",' +
      '"worker":"rig 1","ok":true}\n',
  );
});

Deno.test("log format: a pretty line has the same for people", () => {
  assert.equal(
    formatEntry(entry, "pretty"),
    "2026-11-23 02:13:20.123 INFO  block found  event=block_found height=3590001 " +
      'value_zat=1152921504606846976 worker="rig 1" ok=true\n',
  );
});

Deno.test("log format: a field cannot take the place of the line's own parts", () => {
  const line = JSON.parse(formatEntry({ ...entry, fields: { level: "x", time: 1 } }, "json"));
  assert.equal(line.level, "info");
  assert.equal(line.field_level, "x");
  assert.equal(line.field_time, 1);
});

Deno.test("log format: numbers that JSON has not are text, odd times do no harm", () => {
  const line = JSON.parse(formatEntry({ ...entry, timeMs: NaN, fields: { a: NaN } }, "json"));
  assert.equal(line.a, "NaN");
  assert.equal(line.time, "unknown time");
});

Deno.test("log format: long texts are cut", () => {
  const long = { ...entry, message: "m".repeat(100_000), fields: { f: "f".repeat(100_000) } };
  assert(formatEntry(long, "json").length < 4_300);
  assert(formatEntry(long, "pretty").length < 4_300);
});

function partsOf(line: string): [string, string] {
  const { message, f } = JSON.parse(line);
  return [message, f];
}

Deno.test("log format: whatever stands in a text, a line is one line without control characters", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\n", "\r\n", "\u001b[2J", "\u0085", "\u2028", "\u202e", "\u200f", "\ud800"),
  );
  fc.assert(fc.property(hostile, hostile, (message, value) => {
    for (const format of ["json", "pretty"] as const) {
      const line = formatEntry({ ...entry, message, fields: { f: value } }, format);
      assert.match(line, /^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*\n$/u);
      if (format === "json") assert.deepEqual(partsOf(line), [message, value]);
    }
  }));
});
