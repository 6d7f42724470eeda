import assert from "node:assert/strict";
import { parseBlockTemplate, TemplateError } from "../../../../src/chain/zcash/mod.ts";
import { madeTemplate, madeTransaction, templateJson } from "../../../support/block_templates.ts";
import {
  readVectors,
  recordedTemplates,
  type TemplateAnswer,
} from "../../../vectors/zcash/_data.ts";

type Json = Record<string, unknown>;

const template = madeTemplate({ transactions: [madeTransaction(1), madeTransaction(2)] });

function withChange(change: (json: Json) => void): unknown {
  const json = templateJson(template);
  change(json);
  return json;
}

/** Sets a field by its path, such as `transactions.0.fee`; undefined removes it. */
function set(json: Json, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  const owner = names.reduce<Json>((object, name) => object[name] as Json, json);
  if (value === undefined) delete owner[last];
  else owner[last] = value;
}

Deno.test("a template is read to the same values that its answer was made of", () => {
  assert.deepEqual(parseBlockTemplate(templateJson(template)), template);
  const longPoll = withChange((json) => set(json, "submitold", false));
  assert.equal(parseBlockTemplate(longPoll).submitOld, false);
});

Deno.test("every recorded answer of old and new nodes is read", () => {
  for (const { name, answer } of recordedTemplates()) {
    const read = parseBlockTemplate(answer);
    assert.equal(read.height, answer.height, name);
    assert.equal(read.transactions.length, answer.transactions.length, name);
    assert.equal(read.target, BigInt(`0x${answer.target}`), name);
    assert.equal(read.coinbaseFee, BigInt(-answer.coinbasetxn.fee), name);
  }
});

Deno.test("answers that are no template are refused, whatever they are", () => {
  const samples = readVectors<{ samples: { name: string; result: unknown }[] }>(
    "zebra_rpc_samples",
  );
  const odd = [undefined, null, true, 0, "", "rejected", [], [{}], {}, { height: 1 }];
  const others = samples.samples.map(({ result }) => result)
    .filter((result) => (result as Partial<TemplateAnswer> | null)?.coinbasetxn === undefined);
  assert.ok(others.length > 20);
  for (const json of [...odd, ...others]) {
    assert.throws(() => parseBlockTemplate(json), { code: "template-malformed" });
  }
});

const REQUIRED = [
  "version",
  "previousblockhash",
  "blockcommitmentshash",
  "defaultroots",
  "defaultroots.merkleroot",
  "defaultroots.chainhistoryroot",
  "defaultroots.authdataroot",
  "defaultroots.blockcommitmentshash",
  "transactions",
  "transactions.1.data",
  "transactions.1.hash",
  "transactions.1.authdigest",
  "transactions.1.fee",
  "transactions.1.sigops",
  "coinbasetxn",
  "coinbasetxn.data",
  "coinbasetxn.hash",
  "coinbasetxn.authdigest",
  "coinbasetxn.fee",
  "longpollid",
  "target",
  "mintime",
  "curtime",
  "maxtime",
  "bits",
  "height",
  "sigoplimit",
  "sizelimit",
] as const;

const ODD_VALUES = [undefined, null, true, -1.5, Number.NaN, Infinity, 2 ** 60, {}, [1], "zz", ""];

Deno.test("each field that is missing or odd is named with what was expected", () => {
  for (const path of REQUIRED) {
    const shown = `template.${path.replace(/\.(\d+)/, "[$1]")}`;
    const holdsOthers = ["defaultroots", "coinbasetxn", "transactions"].includes(path);
    for (const value of ODD_VALUES) {
      if (path === "longpollid" && typeof value === "string") continue;
      const json = withChange((json) => set(json, path, value));
      assert.throws(() => parseBlockTemplate(json), (error) => {
        assert.ok(error instanceof TemplateError, `${path} ${String(value)}`);
        assert.equal(error.fault, "malformed");
        // An empty object or a list of something odd is named by what is wrong inside it.
        const inside = typeof value === "object" && value !== null && holdsOthers;
        const start = `Cannot use the block template: ${shown}${inside ? "" : ":"}`;
        assert.ok(error.message.startsWith(start), error.message);
        assert.match(error.message, /expected, received /);
        return true;
      });
    }
  }
});

Deno.test("values outside their bounds are refused", () => {
  const table: [string, unknown][] = [
    ["height", 0],
    ["height", 500_000_000],
    ["version", 3],
    ["version", 2 ** 31],
    ["coinbasetxn.fee", 1],
    ["transactions.0.fee", -1],
    ["transactions.0.fee", 2_100_000_000_000_001],
    ["transactions.0.sigops", 20_001],
    ["mintime", template.maxTime + 1],
    ["curtime", template.minTime - 1],
    ["curtime", template.maxTime + 1],
    ["maxtime", 2 ** 32],
    ["sizelimit", 4_000_001],
    ["sizelimit", 499],
    ["bits", "2007fff"],
    ["bits", "2087ffff"],
    ["bits", "00000000"],
    ["bits", "2307ffff"],
    ["target", "7".repeat(63)],
    ["transactions.0.data", "0".repeat(501)],
    ["transactions.0.data", "g".repeat(500)],
    ["transactions.0.data", "00"],
    ["longpollid", "0".repeat(257)],
    ["submitold", "false"],
  ];
  for (const [path, value] of table) {
    const json = withChange((json) => set(json, path, value));
    assert.throws(() => parseBlockTemplate(json), { fault: "malformed" }, `${path} ${value}`);
  }
});

Deno.test("lists longer than any block are refused before they are read", () => {
  const transactions = Array.from({ length: 66_668 }, () => null);
  const json = withChange((json) => set(json, "transactions", transactions));
  assert.throws(() => parseBlockTemplate(json), /at most 66667 expected/);
});

Deno.test("two fields that say the same must agree", () => {
  const other = "77".repeat(32);
  for (const path of ["target", "blockcommitmentshash", "defaultroots.blockcommitmentshash"]) {
    const json = withChange((json) => set(json, path, other));
    assert.throws(() => parseBlockTemplate(json), { fault: "does-not-add-up" }, path);
  }
});

Deno.test("a long value is not repeated in the message", () => {
  const json = withChange((json) => set(json, "height", "9".repeat(100_000)));
  assert.throws(() => parseBlockTemplate(json), /received string of 100000 characters$/);
});
