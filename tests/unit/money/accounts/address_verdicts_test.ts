import assert from "node:assert/strict";
import { type AddressNode, AddressVerdicts } from "../../../../src/money/accounts/mod.ts";
import { silentLogger } from "../../../../src/base/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** A node that answers when the test says so. */
class HeldNode implements AddressNode {
  readonly asked: string[] = [];
  readonly #answers: ((answer: boolean | Error) => void)[] = [];

  zValidateAddress(address: string): Promise<{ isValid: boolean }> {
    this.asked.push(address);
    return new Promise((resolve, reject) => {
      this.#answers.push((answer) =>
        answer instanceof Error ? reject(answer) : resolve({ isValid: answer })
      );
    });
  }

  async answer(answer: boolean | Error): Promise<void> {
    this.#answers.shift()?.(answer);
    await settle();
  }
}

function verdictsOf(nodes: AddressNode[], options = {}) {
  const clock = new FakeClock();
  return { clock, verdicts: new AddressVerdicts(options, { nodes, clock, logger: silentLogger }) };
}

Deno.test("a node is asked once for an address, however many ask for it", async () => {
  const node = new HeldNode();
  const { clock, verdicts } = verdictsOf([node]);
  const both = [verdicts.check("a"), verdicts.check("a")];
  await settle();
  await node.answer(true);
  assert.deepEqual(await Promise.all(both), ["valid", "valid"]);
  assert.equal(await verdicts.check("a"), "valid");
  assert.deepEqual(node.asked, ["a"]);
  assert.equal(clock.pending, 0);
});

Deno.test("nobody waits longer than the bound, and a late answer counts from then on", async () => {
  const node = new HeldNode();
  const { clock, verdicts } = verdictsOf([node], { waitMs: 1_000 });
  const first = verdicts.check("a");
  await clock.advance(1_000);
  assert.equal(await first, "unchecked");
  await node.answer(false);
  assert.equal(await verdicts.check("a"), "invalid");
  assert.deepEqual(node.asked, ["a"]);
});

Deno.test("a node that errs decides nothing; the next one is asked", async () => {
  const [broken, good] = [new HeldNode(), new HeldNode()];
  const { verdicts } = verdictsOf([broken, good]);
  const asked = verdicts.check("a");
  await broken.answer(new Error("no answer"));
  await good.answer(false);
  assert.equal(await asked, "invalid");

  const alone = verdictsOf([broken]);
  const second = alone.verdicts.check("b");
  await broken.answer(new Error("no answer"));
  assert.equal(await second, "unchecked");
});

Deno.test("a refusal is asked again after ten minutes, a valid address never", async () => {
  const node = new HeldNode();
  const { clock, verdicts } = verdictsOf([node]);
  for (const [address, answer] of [["bad", false], ["good", true]] as const) {
    const asked = verdicts.check(address);
    await node.answer(answer);
    await asked;
  }
  await clock.advance(599_999);
  assert.equal(await verdicts.check("bad"), "invalid");
  await clock.advance(1);
  const again = verdicts.check("bad");
  await node.answer(true);
  assert.equal(await again, "valid");
  assert.equal(await verdicts.check("good"), "valid");
  assert.deepEqual(node.asked, ["bad", "good", "bad"]);
});

Deno.test("memory and questions under way are bounded", async () => {
  const node = new HeldNode();
  const { verdicts } = verdictsOf([node], { rememberedMax: 2, askingMax: 2 });
  const held = [verdicts.check("a"), verdicts.check("b")];
  assert.equal(await verdicts.check("c"), "unchecked");
  await node.answer(true);
  await node.answer(true);
  assert.deepEqual(await Promise.all(held), ["valid", "valid"]);
  // "a" is looked at last, so that "b" is the one that makes room for "c".
  await verdicts.check("a");
  const third = verdicts.check("c");
  await node.answer(true);
  await third;
  assert.equal(await verdicts.check("a"), "valid");
  const fourth = verdicts.check("b");
  await node.answer(true);
  await fourth;
  assert.deepEqual(node.asked, ["a", "b", "c", "b"]);
});
