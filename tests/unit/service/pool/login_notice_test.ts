import assert from "node:assert/strict";
import { LOGIN_REFUSALS, LoginNotice } from "../../../../src/service/pool/login_notice.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { PoolHarness, templateOn } from "../../../support/pool_harness.ts";

const REFUSED = { address: "192.0.2.7", refusal: "unknown-user", why: "no such account" } as const;

function noticed(everyLogin = false, paysByCoinbase = false) {
  const clock = new FakeClock();
  const counted: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const notice = new LoginNotice({ everyLogin, paysByCoinbase }, {
    clock,
    logger: {
      log: (level, event, message, fields) => void lines.push({ level, event, message, ...fields }),
    },
    metric: { increment: (reason) => void counted.push(reason) },
  });
  return { clock, counted, lines, notice };
}

Deno.test("who could not log in is an info line with the reason, repeated after ten minutes", async () => {
  const { clock, counted, lines, notice } = noticed();
  for (let n = 0; n < 5; n++) notice.refused({ userIdentity: "bob", ...REFUSED });
  assert.equal(counted.length, 5);
  assert.equal(lines.length, 1);
  const [{ message, ...line } = { message: "" }] = lines;
  assert.deepEqual(line, {
    ...{
      level: "info",
      event: "login_refused",
      user: "bob",
      reason: "unknown-user",
      times: 1,
      miner_ip: "192.0.2.7",
    },
  });
  assert.match(String(message), /no such account; .*accounts add/);
  await clock.advance(600_000);
  notice.refused({ userIdentity: "bob", ...REFUSED });
  assert.equal(lines[1]?.times, 5);
});

Deno.test("strangers cannot flood the log with logins: twenty lines a minute, the rest is counted", async () => {
  const { clock, counted, lines, notice } = noticed();
  for (let n = 0; n < 10_000; n++) notice.refused({ userIdentity: `name${n}`, ...REFUSED });
  assert.equal(counted.length, 10_000);
  assert.equal(lines.length, 20);
  await clock.advance(60_000);
  notice.refused({ userIdentity: "x".repeat(5_000), ...REFUSED });
  assert.equal(lines[20]?.not_shown, 9_980);
  assert.equal(String(lines[20]?.user).length, 160);
  assert(LOGIN_REFUSALS.includes("extension-not-negotiated"));
});

Deno.test("a login that is refused is reported with its reason over both protocols", async () => {
  const harness = await PoolHarness.start();
  await harness.template(templateOn(1));
  const lines = await harness.connectLines();
  await lines.subscribe();
  await lines.authorize("not an address", "x");
  const sv2 = await harness.connect();
  await sv2.setup();
  await sv2.open("t1nonsense");
  assert.deepEqual(
    harness.refusedLogins.map(({ userIdentity, refusal }) => [userIdentity, refusal]),
    [["not an address", "invalid-user-identity"], ["t1nonsense", "unknown-user"]],
  );
  await harness.stop();
});

Deno.test("who is connected is listed with protocol, agent and target", async () => {
  const harness = await PoolHarness.start();
  await harness.template(templateOn(1));
  await harness.connectMiner();
  await harness.connectStratum();
  const found = [...harness.pool.miners()];
  // The services stand in the order in which they get new work.
  assert.deepEqual(found.map(({ protocol, miner }) => [protocol, miner.workerName]), [
    ["stratum_v1", "rig"],
    ["sv2", "rig"],
  ]);
  for (const { target, sinceMs } of found) {
    assert(target > 0n);
    assert.equal(sinceMs, harness.clock.now());
  }
  await harness.stop();
  assert.deepEqual([...harness.pool.miners()], []);
});

Deno.test("each login is a line at debug, at info where the operator keeps addresses", () => {
  for (const everyLogin of [false, true]) {
    const { lines, notice } = noticed(everyLogin);
    notice.accepted({ minerId: "bob", workerName: "rig" }, "192.0.2.7");
    const [{ level, miner, worker, miner_ip } = {}] = lines;
    assert.deepEqual(
      [level, miner, worker, miner_ip],
      [everyLogin ? "info" : "debug", "bob", "rig", "192.0.2.7"],
    );
  }
});

Deno.test("where coinbases pay, a login says who is paid by them, and what waits for a wallet", () => {
  const { lines, notice } = noticed(false, true);
  const login = (minerId: string) => notice.accepted({ minerId, workerName: "rig" }, "192.0.2.7");
  const address = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
  assert.match(String(login(`${address}#coinbase`)), /pays you in the coinbase .* exchange/);
  assert.deepEqual(lines.map(({ event }) => event), ["login_accepted"]);
  assert.match(String(login(address)), /#coinbase .* coinbase=yes .* public.* exchange.* waits/);
  assert.match(String(login("alice")), /transparent addresses .* waits/);
  const waiting = lines.filter(({ event }) => event === "earnings_wait");
  assert.deepEqual(waiting.map(({ level, miner }) => [level, miner]), [
    ["info", address],
    ["info", "alice"],
  ]);
  assert.equal(
    noticed().notice.accepted({ minerId: address, workerName: "" }, "192.0.2.7"),
    undefined,
  );
});
