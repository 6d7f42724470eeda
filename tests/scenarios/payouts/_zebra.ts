/**
 * Scenario 27: the chain as a real node tells it. No wallet that follows the newest rules is known,
 * so payments themselves are made by the twin; what decides whether one has happened is zebrad.
 *
 * @module
 */
import { RpcError } from "../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import { RpcNodeClient } from "../../../src/chain/node/mod.ts";
import { ChainOfNodes, type ChainPort } from "../../../src/money/payouts/mod.ts";
import type { ChainTransaction } from "../../../src/money/payouts/chain_port.ts";
import { payoutTransaction } from "../../support/payout_transaction.ts";
import { regtest, untilTemplate, ZebraNode } from "../../support/zebra.ts";
import { transparentAddress } from "../../support/payout_addresses.ts";

export const ZEBRA = {
  number: 27,
  what: "a real zebrad: its blocks, its coinbases, what it lacks and what it refuses",
  guard: "onlyMinusFiveIsAbsence",
} as const;

/** What a careless reader makes of a node: trouble is absence. */
function careless(chain: ChainPort): Pick<ChainPort, "transaction"> {
  return {
    transaction: (txid): Promise<ChainTransaction> =>
      chain.transaction(txid).catch((): ChainTransaction => ({ kind: "absent" })),
  };
}

export async function runZebra(binary: string, guarded: boolean): Promise<void> {
  // Spending a coinbase to transparent outputs is forbidden, as on Mainnet.
  const network = regtest().replace(
    "should_allow_unshielded_coinbase_spends = true",
    "should_allow_unshielded_coinbase_spends = false",
  );
  await using node = await ZebraNode.start(binary, { network });
  await untilTemplate(node);
  const { url } = node;
  const credentials = { kind: "cookie", path: node.cookiePath } as const;
  const client = new RpcNodeClient({ url, credentials });
  const chain = new ChainOfNodes([client], { isolated: true });
  const read = guarded ? chain : careless(chain);
  const [first = ""] = await node.generate(12);
  const tip = await chain.tip();
  assert.equal(tip.height, 12);
  assert.equal(tip.synced, true);
  assert.equal((await new ChainOfNodes([client]).tip()).synced, false, "2011 is long ago");
  assert.equal(await chain.blockHash(1), first);
  assert.equal(await chain.blockHash(13), undefined);
  const block = await node.rpc("getblock", first, 1) as { tx: string[] };
  const [coinbase = ""] = block.tx;
  assert.deepEqual(await read.transaction(coinbase), {
    ...{ kind: "mined", height: 1, blockHash: first },
  });
  assert.deepEqual(await read.transaction("00".repeat(32)), { kind: "absent" });
  const recipients = [{ address: transparentAddress(1), amountZat: 1n }];
  const forged = payoutTransaction(recipients, { expiryHeight: 50, feeZat: 1_000n, serial: 1 });
  assert.equal((await chain.broadcast(forged.hex)).kind, "refused");
  assert.equal(await chain.isValidAddress("t2SRyAR26tXTnZHfpa3jPqeyYmxCbAZxUnh"), true);
  assert.equal(await chain.isValidAddress("t2SRyAR26tXTnZHfpa3jPqeyYmxCbAZxUnx"), false);
  await node.signal("SIGKILL");
  await node.restart();
  assert.equal((await chain.tip()).synced, true, "a node that is started again has another cookie");
  await node.signal("SIGSTOP");
  await node.signal("SIGKILL");
  await assert.rejects(
    read.transaction(coinbase),
    (thrown) => thrown instanceof RpcError && thrown.kind !== "rpc",
  );
}
