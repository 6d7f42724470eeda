/**
 * The greatest block that a template may ask for goes the whole way: from the node's answer through
 * the job, the spool and the call that submits it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bytesToHex, equalBytes } from "../../../../src/base/mod.ts";
import { FileSpool } from "../../../../src/chain/blocks/mod.ts";
import { makeJobTemplate, payAllTo } from "../../../../src/chain/jobs/mod.ts";
import { RpcNodeClient } from "../../../../src/chain/node/mod.ts";
import {
  BLOCK_LENGTH_MAX,
  type BlockTemplate,
  MINED_TRANSACTION_LENGTH_MIN,
  parseBlockTemplate,
} from "../../../../src/chain/zcash/mod.ts";
import {
  madeTemplate,
  madeTransaction,
  NODE_SCRIPT,
  templateJson,
} from "../../../support/block_templates.ts";
import { rpcAnswer, ScriptedHttp } from "../../../support/scripted_http.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { someBlock } from "./_scripted_node.ts";

const MARKS = { processBytes: new Uint8Array(8), tag: new Uint8Array(0), serial: 1 };
const HEADER = new Uint8Array(1487);

/** A template whose block, as the pool makes it, has exactly the greatest length. */
function greatestTemplate(): BlockTemplate {
  const parts = Array.from({ length: 39 }, (_, i) => madeTransaction(i, { length: 100_000 }));
  const length = (last: number) => {
    const transactions = [...parts, madeTransaction(39, { length: last })];
    const template = madeTemplate({ transactions, sizeLimit: BLOCK_LENGTH_MAX });
    const job = makeJobTemplate(template, { ...MARKS, split: payAllTo(NODE_SCRIPT) });
    return { template, block: job.encodeBlock(HEADER) };
  };
  const room = BLOCK_LENGTH_MAX - length(90_000).block.length;
  return length(90_000 + room).template;
}

Deno.test("the greatest block passes template, job, spool and client", async () => {
  const template = parseBlockTemplate(templateJson(greatestTemplate()));
  const job = makeJobTemplate(template, { ...MARKS, split: payAllTo(NODE_SCRIPT) });
  const block = job.encodeBlock(HEADER);
  assert.equal(block.length, BLOCK_LENGTH_MAX);
  assert.equal(job.transactionCount, 40, "nothing was left out");

  const path = Deno.makeTempFileSync();
  const found = { ...someBlock(1), block, minerId: "m".repeat(65_535) };
  const spool = FileSpool.open({ path });
  spool.append(found);
  spool.close();
  const again = FileSpool.open({ path });
  assert.ok(equalBytes(again.unfinished()[0]?.block ?? new Uint8Array(0), block));
  again.close();
  Deno.removeSync(path);

  let sent = "";
  await using server = new ScriptedHttp(async (exchange) => {
    sent = (JSON.parse(exchange.body) as { params: [string] }).params[0];
    await exchange.write(rpcAnswer(exchange, { result: null }));
  });
  const client = new RpcNodeClient(
    { url: server.url, credentials: { kind: "none" } },
    { clock: new FakeClock() },
  );
  assert.equal(await client.submitBlock(block), null);
  assert.ok(sent === bytesToHex(block), "the node gets every byte");
});

Deno.test("an answer with as many transactions as fit in the greatest block is read", async () => {
  const count = Math.floor((BLOCK_LENGTH_MAX - 2_000) / MINED_TRANSACTION_LENGTH_MIN);
  const transactions = Array.from({ length: count }, (_, i) => {
    return madeTransaction(i, { length: MINED_TRANSACTION_LENGTH_MIN, sigops: 0 });
  });
  const result = templateJson(madeTemplate({ transactions, sizeLimit: BLOCK_LENGTH_MAX }));
  await using server = new ScriptedHttp(async (exchange) => {
    await exchange.write(rpcAnswer(exchange, { result }));
  });
  const client = new RpcNodeClient(
    { url: server.url, credentials: { kind: "none" } },
    { clock: new FakeClock() },
  );
  assert.equal(parseBlockTemplate(await client.getBlockTemplate()).transactions.length, count);
});
