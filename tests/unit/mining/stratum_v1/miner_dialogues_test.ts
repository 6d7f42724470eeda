/**
 * How the miners that are known behave, each line marked: `observed` was seen in public logs,
 * documents or the miner's own public source, `inferred` was not, and nothing speaks against it.
 * What a miner does beyond that is not known here.
 */
import assert from "node:assert/strict";
import { MINER_ADDRESS, PoolHarness, templateOn } from "../../../support/pool_harness.ts";
import type { StratumMiner } from "../../../support/stratum_miner.ts";

const RIG = `${MINER_ADDRESS}.rig`;

async function withMiner(
  test: (miner: StratumMiner, pool: PoolHarness) => Promise<void>,
): Promise<void> {
  const pool = await PoolHarness.start();
  try {
    await pool.template(templateOn(1));
    const miner = await pool.connectLines();
    miner.worker = RIG;
    await test(miner, pool);
    assert.equal(miner.connection.closeReason, undefined, "the connection stands");
  } finally {
    await pool.stop();
  }
}

/** Methods and results of what the pool has said, in order. */
function said(miner: StratumMiner): unknown[] {
  return miner.lines.map(({ method, result, error }) => method ?? (error ?? result));
}

Deno.test("Antminer Z15 Pro: text as session id, port as text, no set_difficulty ever", () =>
  withMiner(async (miner, pool) => {
    // observed: GodMiner/2.0.0, null session, host with its scheme and no port, port as text
    await miner.raw(
      '{"id":1,"method":"mining.subscribe","params":["GodMiner/2.0.0",null,"stratum+tcp://pool.example.org","3333"]}',
    );
    // observed: [session, nonce1] with a text; with Bitcoin's nested pair it authorizes and leaves
    const [session, nonce1] = miner.lines[0]?.result as unknown[];
    assert.deepEqual([typeof session, typeof nonce1], ["string", "string"]);
    // observed: no extranonce.subscribe; authorize follows
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}","x"]}`);
    assert.equal((await miner.share())?.result, true);
    await pool.template(templateOn(2));
    assert.equal((await miner.share())?.result, true);
    // observed: it leaves 130 ms after any set_difficulty
    assert.deepEqual(miner.notices("mining.set_difficulty"), []);
    assert.deepEqual(miner.notices("mining.set_extranonce"), []);
  }));

Deno.test("Antminer Z9 mini: mining.multi_version is answered and the connection stands", () =>
  withMiner(async (miner) => {
    // observed: mining.multi_version; its place in the order is inferred
    await miner.raw('{"id":1,"method":"mining.multi_version","params":[1]}');
    await miner.raw('{"id":2,"method":"mining.subscribe","params":["antminer"]}');
    await miner.raw(`{"id":3,"method":"mining.authorize","params":["${RIG}","x"]}`);
    assert.equal(miner.answer(1)?.result, true);
    assert.equal((await miner.share())?.result, true);
  }));

Deno.test("Antminer Z11, Innosilicon A9: the plain sequence of pools of the s-nomp kind", () =>
  withMiner(async (miner) => {
    // inferred: header order, a target of 64 digits, 4 bytes of NONCE_1, 1,347 bytes of solution
    await miner.raw('{"id":1,"method":"mining.subscribe","params":[]}');
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}",""]}`);
    assert.equal(miner.nonce1.length, 8);
    assert.equal(String(miner.notices("mining.set_target")[0]?.[0]).length, 64);
    assert.deepEqual(miner.job.map((field) => String(field).length), [
      miner.job[0].length,
      8,
      64,
      64,
      64,
      8,
      8,
      4,
    ]);
    assert.equal((await miner.share())?.result, true);
  }));

Deno.test("EWBF 0.3.4b: port as text, extranonce.subscribe behind authorize, a target first", () =>
  withMiner(async (miner) => {
    // observed: port as text
    await miner.raw(
      '{"id":1,"method":"mining.subscribe","params":["EWBF 0.3.4b",null,"pool.example.org","3096"]}',
    );
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}","x"]}`);
    // observed: extranonce.subscribe with the id 3
    await miner.raw('{"id":3,"method":"mining.extranonce.subscribe","params":[]}');
    // observed: it shows a target of zero where none came before the job
    assert.deepEqual(said(miner).slice(1), [true, "mining.set_target", "mining.notify", true]);
    assert.equal((await miner.share())?.result, true);
  }));

Deno.test("nheqminer: fixed ids, errors as arrays, version 4, a text of its own behind NONCE_1", () =>
  withMiner(async (miner) => {
    // observed: ids 1, 2, 3, then 4 and on for shares
    await miner.raw(
      '{"id":1,"method":"mining.subscribe","params":["nheqminer/0.5c",null,"pool.example.org","3333"]}\r',
    );
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}","x"]}\r`);
    await miner.raw('{"id":3,"method":"mining.extranonce.subscribe","params":[]}\r');
    // observed: refuses other versions than 4; a thread's number in nonce byte 19
    assert.equal(miner.job[1], "04000000");
    assert(miner.nonce1.length / 2 <= 19);
    const [jobId, , , , , time] = miner.job;
    const nonce2 = "00".repeat(15) + "07" + "00".repeat(12);
    const line = (id: number): string =>
      JSON.stringify({
        id,
        method: "mining.submit",
        params: [RIG, jobId, time, nonce2, `fd400501${"00".repeat(1_343)}`],
      });
    await miner.raw(line(4));
    assert.equal(miner.answer(4)?.result, true);
    // observed: prints the error's second element
    await miner.raw(line(5));
    assert.equal(miner.answer(5)?.error?.[1], "Duplicate share");
  }));

Deno.test("ccminer: NONCE_1 of at most 12 bytes, fields of exactly 64 and 8 digits", () =>
  withMiner(async (miner) => {
    await miner.raw('{"id": 1, "method": "mining.subscribe", "params": ["ccminer/2.3.1"]}');
    await miner.raw(`{"id": 2, "method": "mining.authorize", "params": ["${RIG}", "x"]}`);
    // observed: both are refused by the miner otherwise
    assert(miner.nonce1.length / 2 <= 12);
    assert.match(
      miner.job.slice(1, 7).join(" "),
      /^[0-9a-f]{8}( [0-9a-f]{64}){3}( [0-9a-f]{8}){2}$/,
    );
    assert.equal((await miner.share())?.result, true);
  }));

Deno.test("silentarmy: gets clean work with every parent, because it passes over all other", () =>
  withMiner(async (miner, pool) => {
    await miner.raw(
      '{"id":1,"method":"mining.subscribe","params":["silentarmy",null,"pool","3333"]}',
    );
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}",""]}`);
    // observed: jobs whose clean_jobs is false are ignored; earlier ones must then still count
    const first = miner.job;
    await pool.clock.advance(31_000);
    await pool.template({ ...templateOn(1), curTime: templateOn(1).curTime + 31 });
    assert.equal(miner.job[7], false);
    assert.equal((await miner.share({ jobId: first[0], time: first[5] }))?.result, true);
    await pool.template(templateOn(2));
    assert.equal(miner.job[7], true);
    // observed: an unknown method makes it connect anew: none is sent unasked
    const known = ["mining.set_target", "mining.notify"];
    for (const { method } of miner.lines) assert(method === undefined || known.includes(method));
  }));

Deno.test("GMiner, lolMiner, miniZ: extranonce.subscribe after the first work", () =>
  withMiner(async (miner) => {
    // observed in a GMiner trace of another coin; for Zcash inferred
    await miner.raw('{"id":1,"method":"mining.subscribe","params":["GMiner/3.44",null]}');
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}","x"]}`);
    await miner.raw('{"id":3,"method":"mining.extranonce.subscribe","params":[]}');
    assert.equal(miner.answer(3)?.result, true);
    assert.equal((await miner.share())?.result, true);
  }));

Deno.test("Claymore: developer-fee shares under a name that was never authorized", () =>
  withMiner(async (miner) => {
    await miner.raw('{"id":1,"method":"mining.subscribe","params":[]}');
    await miner.raw(`{"id":2,"method":"mining.authorize","params":["${RIG}","x"]}`);
    // observed: shares under other names between its own
    for (let at = 0; at < 20; at++) {
      assert.equal((await miner.share({ worker: "t1devfee.x" }))?.error?.[0], 24);
    }
    assert.equal((await miner.share())?.result, true);
  }));
