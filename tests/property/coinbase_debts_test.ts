/**
 * Blocks that pay miners in their own coinbase, found by two processes over one ledger in any order
 * of events that no loss deeper than maturity is among: nobody is paid twice, and nobody loses.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { openRecords } from "../../src/money/records/mod.ts";
import { START_MS } from "../compliance/ledger_suite.ts";
import { MoneyBench } from "../compliance/money_suite.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { anyWorldEvent, CoinbaseWorld, type WorldEvent } from "./_coinbase_world.ts";

/** `deno task test:coinbase-long` lives through more, and through every order. */
const IS_LONG = Deno.env.get("PROPERTY_LONG") === "1";
const HISTORIES = IS_LONG ? 1_000 : 30;

/** The short form lives through one order of so many; which ones does not depend on the others. */
const ORDERS_APART = IS_LONG ? 1 : 7;

async function live(events: readonly WorldEvent[]): Promise<CoinbaseWorld> {
  const clock = new FakeClock(START_MS);
  const { store, database } = await openRecords({ kind: "sqlite", path: ":memory:" }, { clock });
  try {
    const money = new MoneyBench({ clock, store, database, ledger: new ReadableLedger(database) });
    const world = new CoinbaseWorld(money);
    await world.begin();
    for (const event of events) await world.apply(event);
    await world.end();
    await world.compare();
    await money.allHolds();
    return world;
  } finally {
    await store.close();
  }
}

Deno.test("coinbase debts: outputs on the best chain plus balances are what miners earned", async () => {
  let blocks = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyWorldEvent, { maxLength: 60, size: "max" }), async (events) => {
      blocks += (await live(events)).paying;
    }),
    { numRuns: HISTORIES },
  );
  assert(blocks > HISTORIES / 2, `${blocks} blocks paid debts`);
});

Deno.test("coinbase debts: a node that is a maturity behind on a lost branch pays nobody once more", async () => {
  const world = await live([
    { kind: "job", process: 0 },
    { kind: "find", process: 0, written: false },
    { kind: "job", process: 0 },
    { kind: "find", process: 0, written: false },
    // The second process sees the first block, and the chain goes on from the second one.
    { kind: "see", process: 1 },
    { kind: "reorganise", removed: 1, branch: 1 },
    { kind: "strangers", blocks: 101 },
    { kind: "find", process: 0, written: true },
    { kind: "see", process: 0 },
    { kind: "job", process: 1 },
  ]);
  assert(world.paying > 0);
});

/** Every order of some things, each as often as it stands there. */
function* orders<T>(things: readonly T[]): Generator<T[]> {
  if (things.length === 0) yield [];
  for (const [index, first] of things.entries()) {
    if (things.indexOf(first) < index) continue;
    for (const rest of orders(things.toSpliced(index, 1))) yield [first, ...rest];
  }
}

/** A process finds a block by the job that it has; with none, nothing would happen. */
function makesSense(order: readonly WorldEvent[]): boolean {
  return [0, 1].every((process) => {
    const at = (kind: "job" | "find"): number =>
      order.findIndex((event) => event.kind === kind && event.process === process);
    return at("job") < at("find");
  });
}

Deno.test("coinbase debts: every order of two processes that find, see and die, and of a chain that turns", async () => {
  const seen = { orders: 0, paying: 0 };
  // A process that dies leaves its block in the spool; the chain turns to a stranger, or to the branch
  // that was left.
  for (const written of [true, false]) {
    for (const branch of [0, 9]) {
      const things: WorldEvent[] = [
        { kind: "job", process: 0 },
        { kind: "find", process: 0, written },
        { kind: "see", process: 1 },
        { kind: "job", process: 1 },
        { kind: "find", process: 1, written: true },
        { kind: "reorganise", removed: 1, branch },
      ];
      for (const order of orders(things)) {
        if (!makesSense(order) || seen.orders++ % ORDERS_APART !== 0) continue;
        seen.paying += (await live(order)).paying;
      }
    }
  }
  assert.equal(seen.orders, 720);
  assert(seen.paying > 720 / ORDERS_APART, `${seen.paying} blocks paid debts`);
});

Deno.test("coinbase debts: two rivals on one parent, and a chain that turns between them in every order", async () => {
  const seen = { orders: 0, retaken: 0 };
  const rivals: WorldEvent[] = [
    { kind: "job", process: 0 },
    { kind: "job", process: 1 },
    { kind: "find", process: 0, written: true },
    { kind: "find", process: 1, written: true },
  ];
  const see: WorldEvent = { kind: "see", process: 0 };
  const other: WorldEvent = { kind: "see", process: 1 };
  const turns = [0, 1].map((branch): WorldEvent => ({ kind: "reorganise", removed: 1, branch }));
  for (const order of orders([see, see, other, ...turns, { kind: "job", process: 1 } as const])) {
    if (seen.orders++ % ORDERS_APART !== 0) continue;
    const { paying, retaken } = await live([...rivals, ...order, {
      kind: "find",
      process: 1,
      written: true,
    }]);
    assert(paying >= 2);
    seen.retaken += retaken;
  }
  assert.equal(seen.orders, 360);
  assert(seen.retaken > 0, "no block took its debts back from a rival");
});
