import assert from "node:assert/strict";
import fc from "fast-check";
import { readLine } from "../../../../src/wire/stratum/mod.ts";

const SOLUTION = "ab".repeat(1_344);

function submit(params: readonly unknown[]): string {
  return JSON.stringify({ id: 4, method: "mining.submit", params });
}

function only(line: string) {
  const items = readLine(line);
  assert.equal(items.length, 1);
  return items[0] ?? assert.fail();
}

Deno.test("requests are read as miners send them", () => {
  const rows: readonly [string, unknown][] = [
    // The Antminer Z15 Pro: null session, a host with its scheme and without a port, the port as text.
    [
      '{"id":1,"method":"mining.subscribe","params":["GodMiner/2.0.0",null,"stratum+tcp://pool","3333"]}',
      { method: "mining.subscribe", userAgent: "GodMiner/2.0.0" },
    ],
    ['{"id":1,"method":"mining.subscribe","params":[]}', {
      method: "mining.subscribe",
      userAgent: "",
    }],
    ['{"id":1,"method":"mining.subscribe"}', { method: "mining.subscribe", userAgent: "" }],
    [
      '{"id":2,"method":"mining.authorize","params":[" t1abc.rig ","x"]}',
      { method: "mining.authorize", worker: "t1abc.rig", password: "x" },
    ],
    [
      '{"id":2,"method":"mining.authorize","params":["t1abc"]}',
      { method: "mining.authorize", worker: "t1abc", password: "" },
    ],
    ['{"id":3,"method":"mining.extranonce.subscribe","params":[]}', {
      method: "mining.extranonce.subscribe",
    }],
    ['{"id":3,"method":"mining.multi_version","params":[1]}', { method: "mining.multi_version" }],
    ['{"id":3,"method":"mining.ping"}', { method: "mining.ping" }],
    [
      `{"id":3,"method":"mining.suggest_target","params":["${"0".repeat(62)}ff"]}`,
      { method: "mining.suggest_target", target: 255n },
    ],
    [
      '{"id":3,"method":"mining.suggest_difficulty","params":["2.5"]}',
      { method: "mining.suggest_difficulty", difficulty: 2.5 },
    ],
  ];
  for (const [line, request] of rows) {
    const item = only(line);
    assert(item.kind === "request", line);
    assert.deepEqual(item.request, request, line);
  }
});

Deno.test("a share has its fields in header order, with or without the size of its solution", () => {
  for (const solution of [`fd4005${SOLUTION}`, `FD4005${SOLUTION}`, SOLUTION]) {
    const item = only(submit(["t1abc.rig", "1f", "5b2caf8e", "0102", solution]));
    assert(item.kind === "request" && item.request.method === "mining.submit");
    const { worker, jobId, time, nonce2, solution: bytes } = item.request;
    assert.deepEqual([worker, jobId, time], ["t1abc.rig", "1f", 0x8eaf2c5b]);
    assert.deepEqual(nonce2, Uint8Array.of(1, 2));
    assert.deepEqual(bytes, new Uint8Array(1_344).fill(0xab));
  }
});

Deno.test("a job id that comes back as a number is the same id", () => {
  const item = only(submit(["w", 7, "00000000", "", SOLUTION]));
  assert(item.kind === "request" && item.request.method === "mining.submit");
  assert.equal(item.request.jobId, "7");
});

Deno.test("a share with a wrong field is answered with what was expected", () => {
  const rows: readonly [readonly unknown[], RegExp][] = [
    [["w", "1", "00000000", "00"], /^five parameters expected, received 4$/],
    [["w", "1", "0000000", "00", SOLUTION], /^time: /],
    [["w", "1", "0000000g", "00", SOLUTION], /^time: /],
    [["w", "1", "00000000", "000", SOLUTION], /^NONCE_2: /],
    [["w", "1", "00000000", "00".repeat(33), SOLUTION], /^NONCE_2: /],
    [["w", "1", "00000000", "00", SOLUTION.slice(2)], /^solution: .*received 2686 characters$/],
    [["w", "1", "00000000", "00", `fd4006${SOLUTION}`], /^solution: /],
    [["w", "1", "00000000", "00", `xy${SOLUTION.slice(2)}`], /^solution: /],
    [["w", "1", "00000000", "00", null], /^solution: /],
  ];
  for (const [params, message] of rows) {
    const item = only(submit(params));
    assert(item.kind === "refused", JSON.stringify(params).slice(0, 60));
    assert.equal(item.error.code, 20);
    assert.match(item.error.message, message);
    assert.equal(item.id, "4");
  }
});

Deno.test("an id of any kind is repeated as it was written", () => {
  for (
    const id of ["1", '"a\\"b"', "true", "[1,2]", '{"a":1}', "9007199254740993", "1.5", '"\\ud800"']
  ) {
    const item = only(`{"method":"mining.ping","id":${id}}`);
    assert(item.kind === "request", id);
    assert.equal(item.id, id);
  }
  // Of a nested object's id nothing is taken.
  const nested = only(
    '{"id":9007199254740993,"method":"mining.ping","params":[{"id":9007199254740995}]}',
  );
  assert(nested.kind === "request" && nested.id === "9007199254740993");
});

Deno.test("of a batch each request is read, and each id is its own", () => {
  const items = readLine(
    '[{"id":9007199254740993,"method":"mining.ping"},{"id":2,"method":"nonsense"},7]',
  );
  assert.deepEqual(items.map(({ kind }) => kind), ["request", "refused", "broken"]);
  const [first] = items;
  assert(first?.kind === "request" && first.id === "9007199254740993");
});

Deno.test("a line is read for its long ids once, however many it has", () => {
  const { parse } = JSON;
  let parses = 0;
  JSON.parse = (text, reviver) => {
    parses++;
    return parse(text, reviver);
  };
  const ids = Array.from({ length: 32 }, (_, at) => String(2n ** 53n + BigInt(2 * at + 1)));
  try {
    const line = `[${ids.map((id) => `{"id":${id},"method":"mining.ping"}`).join(",")}]`;
    const items = readLine(line);
    assert.deepEqual(items.map((item) => item.kind === "request" ? item.id : item.kind), ids);
  } finally {
    JSON.parse = parse;
  }
  assert.equal(parses, 2, "thirty-two times the text is a stall of a tenth of a second");
});

Deno.test("a worker's name that no SV2 miner could have is refused before it is kept", () => {
  const authorize = (worker: string) =>
    only(JSON.stringify({ id: 1, method: "mining.authorize", params: [worker, "x"] }));
  assert.equal(authorize("x".repeat(255)).kind, "request");
  const item = authorize("x".repeat(256));
  assert(item.kind === "refused" && item.error.code === 24);
});

Deno.test("of a name that stands twice the last one counts", () => {
  const item = only('{"id":1,"id":2,"method":"x","method":"mining.ping"}');
  assert(item.kind === "request" && item.id === "2" && item.request.method === "mining.ping");
});

Deno.test("an unknown method is answered, a method that is no text is no request", () => {
  for (const method of ["mining.configure", "__proto__", "constructor", ""]) {
    const item = only(JSON.stringify({ id: 1, method, params: [] }));
    assert(item.kind === "refused" && item.error.code === -32601, method);
  }
  for (const method of [1, null, ["mining.ping"]]) {
    const item = only(JSON.stringify({ id: 1, method, params: [] }));
    assert(item.kind === "refused" && item.error.code === -32600, String(method));
  }
});

Deno.test("a miner's answer is told from a request", () => {
  assert.equal(only('{"id":5,"result":true,"error":null}').kind, "response");
  assert.equal(only('{"id":5,"error":[20,"x",null]}').kind, "response");
});

Deno.test("what nobody could be answered about is broken", () => {
  const rows: readonly [string, string][] = [
    ["", "not-json"],
    ["{", "not-json"],
    ["GET / HTTP/1.1", "not-json"],
    ["[]", "batch-length"],
    [`[${Array(33).fill('{"id":1,"method":"mining.ping"}').join(",")}]`, "batch-length"],
    ["7", "no-object"],
    ["null", "no-object"],
    ["[[]]", "no-object"],
    ['{"method":"nonsense"}', "no-id"],
    ['{"id":null,"method":"nonsense"}', "no-id"],
    [`{"id":"${"x".repeat(200)}","method":"mining.ping"}`, "bad-id"],
    [`{"id":${"[".repeat(9)}${"]".repeat(9)},"method":"mining.ping"}`, "too-deep"],
    [`${"[".repeat(8_000)}`, "too-deep"],
  ];
  for (const [line, fault] of rows) {
    assert.deepEqual(only(line), { kind: "broken", fault }, line.slice(0, 40));
  }
});

Deno.test("brackets within texts are no depth", () => {
  const item = only(`{"id":1,"method":"mining.authorize","params":["${"[{".repeat(50)}\\"","x"]}`);
  assert.equal(item.kind, "request");
});

Deno.test("any text is read without a throw, and every item is one of the four kinds", () => {
  const json = fc.json({ maxDepth: 4 });
  const request = fc.record({
    id: fc.jsonValue({ maxDepth: 2 }),
    method: fc.oneof(
      fc.constantFrom("mining.submit", "mining.subscribe", "mining.authorize", "mining.ping"),
      fc.jsonValue(),
    ),
    params: fc.jsonValue({ maxDepth: 3 }),
  }).map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), json, request), (line) => {
      for (const { kind } of readLine(line)) {
        assert(["request", "refused", "response", "broken"].includes(kind));
      }
    }),
    { numRuns: 2_000 },
  );
});
