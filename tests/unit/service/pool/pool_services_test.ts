import assert from "node:assert/strict";
import type { MiningService } from "../../../../src/service/pool/mod.ts";
import { PoolHarness, templateOn } from "../../../support/pool_harness.ts";

/** A way to mine that keeps what it is told. */
class OtherService implements MiningService {
  miners(): [] {
    return [];
  }
  readonly name = "other";
  readonly told: string[] = [];
  channelCount = 3;
  pendingShares = 1;
  readonly #ended = Promise.withResolvers<void>();

  run(): Promise<void> {
    this.told.push("run");
    return this.#ended.promise;
  }
  broadcast(_template: unknown, cleanJobs: boolean): void {
    this.told.push(`broadcast ${cleanJobs}`);
  }
  admit(open: boolean): void {
    this.told.push(`admit ${open}`);
  }
  limitLiability(atCap: boolean): void {
    this.told.push(`at cap ${atCap}`);
  }
  stopAccepting(): Promise<void> {
    this.told.push("stop accepting");
    return Promise.reject(new Error("the port is gone"));
  }
  drain(): Promise<void> {
    this.told.push("drain");
    return Promise.resolve();
  }
  farewell(): void {
    this.told.push(`farewell, ${this.pendingShares} pending`);
    this.#ended.resolve();
  }
  closeAll(reason: string): void {
    this.told.push(`close all: ${reason}`);
  }
}

Deno.test("every service hears of work, cap and end; one that fails keeps no other from ending", async () => {
  const other = new OtherService();
  const harness = await PoolHarness.start({ services: [other] });
  await harness.template(templateOn(1));
  const miner = await harness.connectMiner();
  assert.equal(harness.pool.channelCount, 4);
  harness.pool.limitLiability(true);
  await harness.unusable();
  await harness.clock.advance(120_000);
  assert.deepEqual(other.told.splice(0), [
    "run",
    "admit true",
    "broadcast true",
    "at cap true",
    "admit false",
    "close all: the pool has no work",
  ]);
  // Pending shares are waited for, of whichever service.
  harness.clock.after(1_000, () => other.pendingShares = 0);
  await assert.rejects(harness.stop(), { message: "the port is gone" });
  assert.deepEqual(other.told, ["stop accepting", "farewell, 0 pending"]);
  assert.equal(miner.connection.closeReason, "the peer closed the connection");
});

Deno.test("who listens to the chain hears of each new parent and of a node that is back, before the observer", async () => {
  const heard: string[] = [];
  const harness = await PoolHarness.start({
    chainListeners: [
      {
        parentChanged: (height) => void heard.push(`${height}, ${harness.events.length} events`),
      },
      { nodeUsable: () => void heard.push("usable") },
    ],
  });
  await harness.template(templateOn(1));
  await harness.template(templateOn(1));
  await harness.template(templateOn(2));
  await harness.unusable();
  await harness.usable();
  assert.deepEqual(heard, ["1001, 0 events", "1002, 1 events", "usable"]);
  await harness.stop();
});
