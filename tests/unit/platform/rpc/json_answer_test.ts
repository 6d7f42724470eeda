import assert from "node:assert/strict";
import { JsonAnswer, RpcError } from "../../../../src/platform/rpc/mod.ts";

const HEIGHT = { min: 0, max: 10, name: "a height" };
const HEX = { pattern: /^[0-9a-f]+$/, name: "digits" };

Deno.test("a field that is absent or null is none, and one of another type is refused by its path", () => {
  const answer = new JsonAnswer("node", "call", {
    ...{ text: "zz", number: 11, float: 1.5, large: 2 ** 53, flag: 1, list: [{}, 5], none: null },
  });
  assert.equal(answer.optionalText("none"), undefined);
  assert.equal(answer.optionalInteger("absent"), undefined);
  assert.equal(answer.optionalFlag("absent"), undefined);
  assert.equal(answer.optionalObject("none"), undefined);
  assert.deepEqual(answer.optionalObjects("absent"), []);
  assert.equal(answer.integer("number"), 11);
  const wrong: readonly [() => unknown, string][] = [
    [() => answer.text("number"), "call.number: a text expected"],
    [() => answer.text("text", HEX), "call.text: digits expected"],
    [() => answer.optionalText("text", HEX), "call.text: digits expected"],
    [() => answer.integer("number", HEIGHT), "call.number: a height expected"],
    [() => answer.optionalInteger("float"), "call.float: a whole number expected"],
    [() => answer.integer("large"), "call.large: a whole number expected"],
    [() => answer.optionalFlag("flag"), "call.flag: true or false expected"],
    [() => answer.object("list"), "call.list: an object expected"],
    [() => answer.objects("text"), "call.text: a list expected"],
    [() => answer.objects("list"), "call.list[1]: an object expected"],
    [() => answer.texts("list"), "call.list: a list of texts expected"],
    [() => new JsonAnswer("node", "call", []), "call: an object expected"],
  ];
  for (const [read, text] of wrong) {
    assert.throws(read, (thrown) => {
      assert.ok(thrown instanceof RpcError && thrown.kind === "malformed", text);
      assert.equal(thrown.message, `Cannot use the node's answer to ${text}`);
      return true;
    });
  }
});
