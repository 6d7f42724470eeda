import assert from "node:assert/strict";
import { OutgoingBudget } from "../../../../src/wire/transport/outgoing_budget.ts";

/** A connection whose peer reads when the test says so. */
class Reader {
  queuedBytes = 0;
  hasEnded = false;
  readonly #budget: OutgoingBudget;

  constructor(budget: OutgoingBudget) {
    this.#budget = budget;
  }

  /** Bytes are queued, or, below 0, written. */
  queue(by: number): void {
    this.queuedBytes += by;
    this.#budget.changed(this, by);
  }

  giveUp(): void {
    this.hasEnded = true;
    if (this.queuedBytes > 0) this.queue(-this.queuedBytes);
  }
}

Deno.test("beyond the total the slowest readers are closed, and who reads stays", () => {
  const budget = new OutgoingBudget(1_000);
  const strangers = Array.from({ length: 10 }, () => new Reader(budget));
  const honest = new Reader(budget);
  for (let round = 0; round < 50; round++) {
    for (const each of strangers) if (!each.hasEnded) each.queue(30);
    honest.queue(10);
    assert(budget.total <= 1_000);
    // It reads, if later than the next round.
    if (round > 0) honest.queue(-10);
  }
  assert.equal(honest.hasEnded, false);
  assert(strangers.some((each) => each.hasEnded));
  honest.queue(-10);
  for (const each of strangers) if (!each.hasEnded) each.queue(-each.queuedBytes);
  assert.equal(budget.total, 0);
});

Deno.test("what one alone has queued beyond the total ends it, and nothing is counted twice", () => {
  const budget = new OutgoingBudget(100);
  const reader = new Reader(budget);
  reader.queue(101);
  assert(reader.hasEnded);
  assert.equal(budget.total, 0);
  const other = new Reader(budget);
  other.queue(100);
  assert.equal(other.hasEnded, false);
  assert.equal(budget.total, 100);
});
