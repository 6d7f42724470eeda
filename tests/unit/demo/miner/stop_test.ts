import assert from "node:assert/strict";
import { type MinerEvent, runMiners } from "../../../../src/demo/miner/mod.ts";
import { NewEquihashJob, OpenMiningChannelError } from "../../../../src/wire/protocol/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { connectionPair } from "../../../support/memory_connection.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { jobOf, OPTIONS, PoolEnd, ScriptedSolver, solution, Stage } from "./_scripted_pool.ts";

Deno.test("a stopped miner says goodbye and does not wait for its solver", async () => {
  const stage = await Stage.searching();
  stage.controller.abort();
  await stage.run;
  const goodbye = await stage.pool.expect("CloseChannel");
  assert.deepEqual(goodbye, { channelId: 7, reasonCode: "client-request" });
  await stage.pool.ended;
  assert.deepEqual(stage.of("closed"), [
    { kind: "closed", reason: "stopped", retryInMs: undefined },
  ]);
  await stage.solver.last.find(solution(1));
  assert.deepEqual(stage.of("share_found"), []);
  assert.equal(stage.clock.pending, 0);
});

Deno.test("a miner stops in every state: before, while connecting, in the setup, waiting for a job, in a wait", async () => {
  const before = new Stage();
  await before.stop();

  const inSetup = new Stage();
  await settle();
  await inSetup.pool.expect("SetupConnection");
  await inSetup.stop();

  const withoutJob = await Stage.open();
  await withoutJob.stop();

  const waiting = await Stage.open();
  waiting.pool.connection.close("gone");
  await settle();
  assert.equal(waiting.clock.pending, 1, "it waits to connect again");
  await waiting.stop();
  assert.equal(waiting.attempts.length, 1);
});

Deno.test("a solver that fails ends the miner with its error and closes the connection", async () => {
  const stage = await Stage.searching();
  await stage.solver.last.fail(new Error("the worker died"));
  await assert.rejects(stage.run, /the worker died/);
  await stage.pool.ended;
  assert.equal(stage.clock.pending, 0);
});

/** Several miners against scripted pools. */
function fleet(count: number, shared?: () => ScriptedSolver) {
  const clock = new FakeClock();
  const pools: PoolEnd[] = [];
  const solvers = Array.from({ length: count }, () => new ScriptedSolver());
  const events: { miner: number; event: MinerEvent }[] = [];
  const controller = new AbortController();
  const run = runMiners(
    count,
    (index) => ({ ...OPTIONS, userIdentity: `tmExample.rig${index}` }),
    {
      connect: () => {
        const pair = connectionPair({ clock });
        pools.push(new PoolEnd(pair.server));
        return Promise.resolve(pair.client);
      },
      clock,
      random: seededRandom(3),
      solverOf: shared ?? ((index) => solvers[index] as ScriptedSolver),
      onEvent: (event, miner) => events.push({ miner, event }),
    },
    controller.signal,
  );
  run.catch(() => {});
  return { clock, pools, solvers, events, controller, run };
}

Deno.test("several miners have a connection, an identity and nonces each", async () => {
  const { pools, solvers, events, controller, run, clock } = fleet(3);
  await settle();
  assert.equal(pools.length, 3);
  const starts = new Set<string>();
  for (const [index, pool] of pools.entries()) {
    await pool.accept();
    await pool.send(NewEquihashJob.encode(jobOf()));
    const solver = solvers[index] as ScriptedSolver;
    starts.add(solver.last.nonce.join());
    await solver.last.find(solution(index));
  }
  assert.equal(starts.size, 3);
  const found = events.filter(({ event }) => event.kind === "share_found");
  assert.deepEqual(found.map(({ miner }) => miner), [0, 1, 2]);
  controller.abort();
  await run;
  for (const pool of pools) await pool.ended;
  assert.equal(clock.pending, 0);
});

Deno.test("miners that share a solver take turns, a nonce each", async () => {
  const solver = new ScriptedSolver();
  const { pools, controller, run } = fleet(2, () => solver);
  await settle();
  for (const pool of pools) {
    await pool.accept();
    await pool.send(NewEquihashJob.encode(jobOf()));
  }
  for (let i = 1; i <= 4; i++) {
    assert.equal(solver.searches.length, i, "the other one waits");
    await solver.last.find(solution(i));
  }
  for (const pool of pools) {
    const shares = pool.received.filter((message) => message.name === "SubmitEquihashShare");
    assert.equal(shares.length, 2);
  }
  controller.abort();
  await run;
});

Deno.test("a miner of several that is refused for good ends them all with its error", async () => {
  const { pools, run, clock } = fleet(2);
  await settle();
  await pools[0]?.accept();
  const second = pools[1] as PoolEnd;
  // The second one is led to the last step and refused there.
  const refuse = OpenMiningChannelError.encode({ requestId: 1, errorCode: "unknown-user" });
  await second.acceptUntilChannel();
  await second.send(refuse);
  await assert.rejects(run, (error) => (error as { code?: string }).code === "unknown-user");
  for (const pool of pools) await pool.ended;
  assert.equal(clock.pending, 0);
});
