import assert from "node:assert/strict";
import { p2pkhScript } from "../../../../src/chain/zcash/mod.ts";
import { decodeMessage } from "../../../../src/wire/protocol/mod.ts";
import { madeTransaction } from "../../../support/block_templates.ts";
import { Declarer } from "../../../support/declarer.ts";
import { dumpFrames, type RecordedFrame } from "../../../support/frame_dump.ts";
import { recordFrames } from "../../../support/frame_recorder.ts";
import { assertSection } from "../../../support/marked_section.ts";
import { PoolHarness, templateOn } from "../../../support/pool_harness.ts";
import { spendingTransaction } from "../../../support/spending_transaction.ts";

const PAGE = new URL("../../../../src/wire/protocol/JOB_DECLARATION.md", import.meta.url);

async function session(): Promise<readonly RecordedFrame[]> {
  const harness = await PoolHarness.start({ fullTemplates: "Minimal" });
  await harness.template(templateOn(1, { transactions: [madeTransaction(1)] }));
  const { connection, frames } = recordFrames(await harness.declarerConnection());
  const declarer = new Declarer(connection);
  await declarer.setup();
  await declarer.allocate({ requestedMode: 2 });
  await declarer.allocate({ requestedMode: 1 });
  const known = spendingTransaction(1);
  const missing = spendingTransaction(2, { version: 6 });
  await declarer.declareFull([known, missing], { transactions: [known.bytes] });
  await declarer.provide([missing]);
  await declarer.declareFull([missing, missing]);
  await declarer.allocate();
  const added = [{ valueZat: 1_000_000n, script: p2pkhScript(new Uint8Array(20).fill(0x77)) }];
  await declarer.declare(declarer.coinbase({ added, offBy: 1n }));
  await declarer.declare(declarer.coinbase({ added }));
  const share = declarer.share();
  await declarer.submit({ shares: [share, share] });
  await harness.template(templateOn(2));
  await declarer.submit({ shares: [share] });
  await harness.stop();
  return frames;
}

Deno.test("the session on the page of Job Declaration is what this pool says, byte for byte", async () => {
  const frames = await session();
  const told = frames.map(({ direction, frame }) =>
    `${direction} ${decodeMessage("job_declaration", frame)?.name}`
  );
  assert.deepEqual(told, [
    "client SetupConnection",
    "server SetupConnection.Success",
    "client RequestExtensions",
    "server RequestExtensions.Success",
    "client AllocateMiningJobToken",
    "server AllocateMiningJobToken.Error",
    "client AllocateMiningJobToken",
    "server AllocateMiningJobToken.Success",
    "server DeclarationTemplate",
    "client SetFullTemplateJob",
    "server GetMissingTransactions",
    "client ProvideMissingTransactions",
    "server SetFullTemplateJob.Success",
    "client SetFullTemplateJob",
    "server SetFullTemplateJob.Error",
    "client AllocateMiningJobToken",
    "server AllocateMiningJobToken.Success",
    "client SetCustomMiningJob",
    "server SetCustomMiningJob.Error",
    "client SetCustomMiningJob",
    "server SetCustomMiningJob.Success",
    "client SubmitSharesJd",
    "server SubmitSharesJd.Response",
    "server DeclarationTemplate",
    "client SubmitSharesJd",
    "server SubmitSharesJd.Response",
    "server Reconnect",
  ]);
  const dump = dumpFrames("job_declaration", frames);
  assertSection(PAGE, "declaration-dump", `\`\`\`text\n${dump}\`\`\``);
});
