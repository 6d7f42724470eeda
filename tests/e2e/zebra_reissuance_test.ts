/** From the reissuance height on (ZIP 237) a block's subsidy depends on its parent. */
import assert from "node:assert/strict";
import { minerOutput, send } from "../support/chain_transactions.ts";
import { LivePool } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { ANYONE_CAN_SPEND_ADDRESS, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";

const REISSUANCE = 130;

testWith(
  "zebrad",
  "a rival of the parent with another subsidy is worked on at once",
  async (path) => {
    await using node = await ZebraNode.start(path, {
      network: regtest({
        parameters: `nsm_reissuance_height = ${REISSUANCE}\n` +
          "initial_nsm_value_balance = 100_000_000_000_000",
      }),
      minerAddress: ANYONE_CAN_SPEND_ADDRESS,
    });
    await untilTemplate(node);
    const blocks = await node.generate(REISSUANCE);
    await using pool = await LivePool.start({ nodes: [node.url], cookiePath: node.cookiePath });
    const atNext = (e: { kind: string; height?: number }) =>
      e.kind === "work" && e.height === REISSUANCE + 1;
    await pool.events.next("work on the first", atNext);
    const before = await node.client().getBlockSubsidy(REISSUANCE + 1);
    await node.rpc("invalidateblock", blocks.at(-1));
    await send(node, [await minerOutput(node, 2)], { feeZat: 100_000_000 });
    await node.generate(1);
    await pool.events.next("work on the rival", atNext, 5_000);
    const after = await node.client().getBlockSubsidy(REISSUANCE + 1);
    assert.notEqual(after.minerZat, before.minerZat, "the rival leaves more to be paid out");
  },
);
