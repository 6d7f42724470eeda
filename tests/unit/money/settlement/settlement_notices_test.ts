/**
 * What settlements say in the log: news, and nothing of what has not changed.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Logger } from "../../../../src/base/mod.ts";
import { SettlementHandler, startSettlementApi } from "../../../../src/money/settlement/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import { transparentAddress } from "../../../support/payout_addresses.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";
import { unified } from "../../../support/unified_addresses.ts";

const ALICE = transparentAddress(1);
const BOB = transparentAddress(2);
const OPTIONS = { network: "main", minPayoutZat: 1_000_000n } as const;

/** Lines of level info and above. */
function linesOf(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = [];
  const log = (level: string, event: string) =>
    void (level !== "debug" && lines.push(`${level} ${event}`));
  return { lines, logger: { log } };
}

Deno.test("a settlement of nothing is no line, and who is left out is one line until it changes", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const { lines, logger } = linesOf();
  const handler = new SettlementHandler(OPTIONS, { ...world.externalModules, logger });
  const settle = async (): Promise<string[]> => {
    await world.clock.advance(1_000);
    await handler.settle(world.clock.now());
    return lines.splice(0);
  };
  assert.deepEqual(await settle(), []);
  await world.credit(ALICE, 5_000_000n);
  const action = { actor: "ada", reason: "she is away" };
  await world.operator.hold(ALICE, action);
  assert.deepEqual(await settle(), ["warn payees_left_out"]);
  assert.deepEqual(await settle(), []);
  await world.credit(BOB, 5_000_000n);
  assert.deepEqual(await settle(), ["info payout_settlement"]);
  await world.operator.unhold(ALICE, action);
  assert.deepEqual(await settle(), ["info payout_settlement"]);
});

Deno.test("settlement requests that fail are a line when that begins and one when it is over", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  const { lines, logger } = linesOf();
  const handler = new SettlementHandler(OPTIONS, world.externalModules);
  const address = { hostname: "127.0.0.1", port: 0, token: "the token" };
  const api = await startSettlementApi(address, { handler, logger });
  try {
    const settle = async (): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${api.port}/v1/settlements`, {
        method: "POST",
        headers: { authorization: "Bearer the token" },
        body: JSON.stringify({ watermark_ms: world.clock.now() }),
      });
      await response.body?.cancel();
      return response.status;
    };
    world.chain.failure = new RpcError("node", "unreachable", "the node is away");
    for (let time = 0; time < 5; time++) assert.equal(await settle(), 503);
    assert.deepEqual(lines.splice(0), ["warn settlement_failing"]);
    world.chain.failure = undefined;
    for (let time = 0; time < 2; time++) assert.equal(await settle(), 200);
    assert.deepEqual(lines, ["info settlement_recovered"]);
  } finally {
    await api.close();
  }
});

Deno.test("whether an address has expired is not guessed while no node can be asked", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(unified([[2, 43], [0xe0, 4]], { prefix: "zu" }), 5_000_000n);
  const handler = new SettlementHandler(OPTIONS, world.externalModules);
  world.chain.failure = new RpcError("node", "unreachable", "the node is away");
  await assert.rejects(handler.settle(world.clock.now()), { code: "node-unreachable" });
  assert.deepEqual(handler.heldBack, []);
  world.chain.failure = undefined;
  assert.equal((await handler.settle(world.clock.now())).count, 1);
});
