import assert from "node:assert/strict";
import { TransactionReader } from "../../../../src/mining/job_declaration/transaction_reader.ts";
import { DeclarationRefusal } from "../../../../src/mining/job_declaration/refusal.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { spendingTransaction } from "../../../support/spending_transaction.ts";

/** A clock on which each look costs a millisecond: four make a slice. */
class CostlyClock extends FakeClock {
  looks = 0;

  override monotonic(): number {
    return super.monotonic() + this.looks++;
  }
}

Deno.test("declarers take turns slice by slice, with a pause after each", async () => {
  const clock = new CostlyClock();
  const reader = new TransactionReader(clock);
  const list = Array.from({ length: 10 }, (_, i) => spendingTransaction(i).bytes);
  const ended: string[] = [];
  const read = async (name: string, count: number): Promise<void> => {
    const transactions = await reader.read(list.slice(0, count));
    assert.equal(transactions.length, count);
    ended.push(name);
  };
  const all = [read("long", 10), read("short", 3)];
  await settle();
  assert.deepEqual(ended, [], "the first slice is over, and nothing goes on in its pause");
  for (let i = 0; i < 20; i++) await clock.advance(4);
  await Promise.all(all);
  assert.deepEqual(ended, ["short", "long"]);
});

Deno.test("what takes more than 5 s is refused, and the next is read", async () => {
  const clock = new CostlyClock();
  const reader = new TransactionReader(clock);
  const { bytes } = spendingTransaction(1);
  const late = reader.read(Array.from({ length: 1_000 }, (_, i) => spendingTransaction(i).bytes));
  const refused = assert.rejects(
    late,
    (error: unknown) =>
      error instanceof DeclarationRefusal && /no time to read/.test(error.message),
  );
  await settle();
  clock.standStill(5_000);
  for (let i = 0; i < 5; i++) await clock.advance(4);
  await refused;
  assert.equal((await reader.read([bytes])).length, 1);
});
