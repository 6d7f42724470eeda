import assert from "node:assert/strict";
import { systemClock } from "../../../src/base/mod.ts";

Deno.test("what is due at once comes in the next turn of the event loop, in order, or not at all", async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.after(0, () => order.push("first"));
  const cancel = systemClock.after(0, () => order.push("cancelled"));
  systemClock.after(0, () => order.push("last"));
  systemClock.after(1, resolve);
  await Promise.resolve();
  order.push("this turn");
  cancel();
  cancel();
  await promise;
  assert.deepEqual(order, ["this turn", "first", "last"]);
});
