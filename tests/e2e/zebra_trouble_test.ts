/** What the pool does when a real node is in trouble: say so once, stop, and go on by itself. */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { LivePool } from "../support/live_pool.ts";
import { NodeProxy } from "../support/node_proxy.ts";
import { findShares, RawMiner, verdictOn } from "../support/raw_miner.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { isLongForm } from "./_long_form.ts";
import { healthReasons, jobOnTip, nextTrouble } from "./_node_trouble.ts";
import { wrongValue } from "./_tampering.ts";

const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86.trouble";

/** How often the log spoke of trouble with the node. */
function troubleLines(pool: LivePool): number {
  return pool.log.seen.filter(({ value }) => value.event === "node_unusable").length;
}

testWith(
  "zebrad",
  "a pool that starts before its node, and whose node is killed, goes on by itself each time",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest(), persistent: true });
    await node.signal("SIGTERM");
    await using pool = await LivePool.start({ nodes: [node.url], cookiePath: node.cookiePath });
    assert.match(await nextTrouble(pool), /Start the node/);
    assert.match((await healthReasons(pool)).join(), /no work from .*Start the node/);
    await using miner = await RawMiner.open(pool.running.minerUrl, MINER);
    await node.restart();
    // A node that has just started has no block for a moment.
    await untilTemplate(node);
    await jobOnTip(miner, node);
    assert.deepEqual(await healthReasons(pool), []);
    assert.equal(troubleLines(pool), 1, "one trouble is one line");

    const cookie = await Deno.readTextFile(node.cookiePath);
    await node.signal("SIGKILL");
    assert.match(await nextTrouble(pool), /Start the node/);
    assert.notDeepEqual(await healthReasons(pool), []);
    await node.restart();
    assert.notEqual(await Deno.readTextFile(node.cookiePath), cookie);
    await pool.log.next("word that it is back", ({ event }) => event === "node_usable");
    await untilTemplate(node);
    await node.generate(1);
    await jobOnTip(miner, node);
    assert.deepEqual(await healthReasons(pool), []);
    assert.equal(troubleLines(pool), 2);
  },
);

testWith(
  "zebrad",
  "without miner address, with a wrong cookie and with a closed port the pool says what to do",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest(), minerAddress: undefined });
    {
      await using pool = await LivePool.start({ nodes: [node.url], cookiePath: node.cookiePath });
      assert.match(await nextTrouble(pool), /Set mining\.miner_address .* restart it/);
      assert.match((await healthReasons(pool)).join(), /mining\.miner_address/);
      assert.equal(pool.events.seen.length, 0, "nobody gets work");
    }
    const wrong = `${node.directory}/wrong.cookie`;
    await Deno.writeTextFile(wrong, "__cookie__:d3Jvbmc=");
    for (
      const [url, cookiePath, advice] of [
        [node.url, wrong, /refuses the credentials.*check the cookie path/],
        [node.url, `${node.directory}/missing.cookie`, /does not exist; start the node, or set/],
        ["http://127.0.0.1:9", node.cookiePath, /correct its address and rpc\.listen_addr/],
      ] as const
    ) {
      await using pool = await LivePool.start({ nodes: [url], cookiePath });
      assert.match(await nextTrouble(pool), advice);
      assert.match((await healthReasons(pool)).join(), advice);
      assert.equal(troubleLines(pool), 1);
    }
  },
);

const REFRESHES = isLongForm() ? 4 : 1;

testWith(
  "zebrad",
  "long polls that answer every five seconds with the same parent kill no job",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest() });
    await untilTemplate(node);
    await using pool = await LivePool.start({
      nodes: [node.url],
      cookiePath: node.cookiePath,
      mining: "job_refresh_secs = 5",
    });
    await using miner = await RawMiner.open(pool.running.minerUrl, MINER);
    const { job } = await miner.nextJob();
    const solver = createSolver();
    using _closed = { [Symbol.dispose]: () => solver.close() };
    const [share] = await findShares(solver, job, 1);
    assert.ok(share !== undefined);
    for (let refresh = 0; refresh < REFRESHES; refresh++) {
      const { job: newer } = await miner.nextJob((next) => next.jobId !== job.jobId, 15_000);
      assert.equal(newer.cleanJobs, false);
      assert.deepEqual(newer.prevHash, job.prevHash);
    }
    const { code } = await verdictOn(miner, miner.submit(job, share.nonce2, share.solution));
    assert.equal(code, undefined, "a share of the first job is accepted");
    // One long poll for each and few more: nothing spins.
    const calls = await (await fetch(`${pool.running.metricsUrl}/metrics`)).text();
    const templates = Number(/pool_templates_total\{source="long_poll"\} (\d+)/.exec(calls)?.[1]);
    assert.ok(templates >= 1 && templates <= 3 * REFRESHES, `${templates} templates by long poll`);
  },
);

testWith(
  "zebrad",
  "reorganisations of depth 1, 2 and 10 reach the miners, on order and when two nodes meet",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest() });
    await using other = await ZebraNode.start(path, { network: regtest() });
    await Promise.all([untilTemplate(node), untilTemplate(other)]);
    const main = await node.generate(12);
    await using pool = await LivePool.start({ nodes: [node.url], cookiePath: node.cookiePath });
    await using miner = await RawMiner.open(pool.running.minerUrl, MINER);
    await jobOnTip(miner, node);
    for (const depth of [1, 2, 10]) {
      const from = main[12 - depth];
      await node.rpc("invalidateblock", from);
      await jobOnTip(miner, node);
      await node.generate(1);
      const { job } = await jobOnTip(miner, node);
      assert.equal(job.cleanJobs, true);
      // Of two equal branches zebrad keeps the first, so a replaced tip stays replaced.
      if (depth === 1) continue;
      await node.rpc("reconsiderblock", from);
      await jobOnTip(miner, node);
    }
    // The other node is alone on a longer chain of its own; then they meet.
    const [last] = (await other.generate(20)).slice(-1);
    await node.rpc("addnode", other.peerAddress, "add");
    const { job } = await miner.nextJob((next) => displayHash(next.prevHash) === last, 120_000);
    assert.equal(job.cleanJobs, true);
    assert.equal(troubleLines(pool), 0);
  },
);

testWith(
  "zebrad",
  "a node that is stopped for a while is told of, and its work goes on when it continues",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest() });
    await untilTemplate(node);
    await using pool = await LivePool.start({ nodes: [node.url], cookiePath: node.cookiePath });
    await using miner = await RawMiner.open(pool.running.minerUrl, MINER);
    await jobOnTip(miner, node);
    await node.signal("SIGSTOP");
    const stoppedAt = performance.now();
    assert.match(await nextTrouble(pool), /has not answered for 5000 ms/);
    const leftMs = (isLongForm() ? 20_000 : 6_000) - (performance.now() - stoppedAt);
    await new Promise((resolve) => setTimeout(resolve, leftMs));
    await node.signal("SIGCONT");
    await pool.log.next("word that it is back", ({ event }) => event === "node_usable");
    await node.generate(1);
    await jobOnTip(miner, node);
    assert.equal(troubleLines(pool), 1);
  },
);

testWith(
  "zebrad",
  "a template off by one zatoshi is refused, and work that went out on one is withdrawn",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest({ fundingStreams: true }) });
    await untilTemplate(node);
    await using proxy = await NodeProxy.start(node.url);
    await using pool = await LivePool.start({ nodes: [proxy.url], cookiePath: node.cookiePath });
    await using miner = await RawMiner.open(pool.running.minerUrl, MINER);
    await jobOnTip(miner, node);
    await untilAsked();
    for (const tooMuch of [1n, -1n]) {
      proxy.tampering = wrongValue(tooMuch, { subsidyToo: false });
      await node.generate(1);
      assert.match(
        await nextTrouble(pool),
        /The node's template is refused.* zat; subsidy \d+ and fees 0 make \d+/,
      );
      assert.match((await healthReasons(pool)).join(), /refused/);
      assert.equal(pool.running.pool.height, undefined, "older work is not kept past its parent");
      proxy.tampering = {};
      await jobOnTip(miner, node);
      await untilAsked();
    }
    // A pool that has just started cannot know the subsidy yet: the job goes out and is withdrawn.
    proxy.tampering = wrongValue(1n, { subsidyToo: false });
    await using late = await LivePool.start({ nodes: [proxy.url], cookiePath: node.cookiePath });
    await late.log.next("late refusal", ({ event }) => event === "template_refused_late");
    assert.match(await nextTrouble(late), /The node's template is refused/);
    assert.match((await healthReasons(late)).join(), /refused/);
    assert.equal(late.running.pool.height, undefined);
  },
);

/** The pool asks for the subsidy of the next height 200 ms after a template, and tells nobody. */
function untilAsked(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 400));
}
