import assert from "node:assert/strict";
import { systemClock } from "../../../../src/base/mod.ts";
import { RedisSets, tryRedis } from "../../../../src/platform/redis/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { RedisServer } from "../../../support/redis_server.ts";
import { testWith } from "../../../support/requirements.ts";
import { until } from "../../../support/until.ts";

const TTL_MS = 60_000;

/** Opens the sets and waits until the server has done something through them. */
async function opened(url: string, clock = new FakeClock()): Promise<RedisSets> {
  const sets = RedisSets.open(url, { clock });
  await answers(sets);
  return sets;
}

function answers(sets: RedisSets): Promise<void> {
  return until(
    "the sets are not usable",
    () => sets.keep("none", TTL_MS).then(() => true, () => false),
  );
}

testWith("redis-server", "a member is new to one process and known to all", async (program) => {
  await using server = await RedisServer.start(program);
  const [one, two] = [await opened(server.url()), await opened(server.url())];
  try {
    assert.equal(await one.add("set", "a", TTL_MS), true);
    assert.equal(await two.add("set", "a", TTL_MS), false);
    assert.equal(await two.add("set", "b", TTL_MS), true);
    assert.equal(await two.add("other", "a", TTL_MS), true);
    const ttl = Number(await server.command("PTTL", "set"));
    assert(ttl > 0 && ttl <= TTL_MS, `${ttl}`);
    await one.keep("set", 10 * TTL_MS);
    assert(Number(await server.command("PTTL", "set")) > TTL_MS);
  } finally {
    one.close();
    two.close();
  }
});

testWith(
  "redis-server",
  "of many claims at once on one member one is the first",
  async (program) => {
    await using server = await RedisServer.start(program);
    const all = await Promise.all([1, 2, 3].map(() => opened(server.url())));
    try {
      const claims = all.flatMap((sets) =>
        Array.from({ length: 300 }, (_, index) => sets.add("set", String(index % 100), TTL_MS))
      );
      const results = await Promise.all(claims);
      assert.equal(results.filter((isNew) => isNew).length, 100);
    } finally {
      for (const sets of all) sets.close();
    }
  },
);

testWith(
  "redis-server",
  "a server that cannot write is an error, and then is not",
  async (program) => {
    await using server = await RedisServer.start(program);
    const sets = await opened(server.url());
    try {
      await server.command("CONFIG", "SET", "maxmemory", "1");
      await assert.rejects(sets.add("set", "a", TTL_MS));
      await assert.rejects(tryRedis(server.url(), { clock: systemClock }));
      await server.command("CONFIG", "SET", "maxmemory", "0");
      assert.equal(await sets.add("set", "a", TTL_MS), true);
      await server.command("REPLICAOF", "127.0.0.1", "1");
      await assert.rejects(sets.add("set", "b", TTL_MS));
      await server.command("REPLICAOF", "NO", "ONE");
      assert.equal(await sets.add("set", "b", TTL_MS), true);
      await server.command("FLUSHALL");
      assert.equal(await sets.add("set", "b", TTL_MS), true);
    } finally {
      sets.close();
    }
  },
);

testWith(
  "redis-server",
  "a server that is gone is an error at once, and is found again",
  async (program) => {
    await using server = await RedisServer.start(program);
    const sets = await opened(server.url());
    try {
      await server.kill();
      await until(
        "the broken connection is not seen",
        () =>
          sets.add("set", "a", TTL_MS).then(() => false, (error) => /not connected/.test(error)),
      );
      await server.restart();
      await answers(sets);
      assert.equal(await sets.add("set", "a", TTL_MS), true);
    } finally {
      sets.close();
    }
  },
);

testWith(
  "redis-server",
  "a connection without answers is given up for a new one",
  async (program) => {
    await using server = await RedisServer.start(program);
    const clock = new FakeClock();
    const sets = await opened(server.url(), clock);
    try {
      server.freeze();
      const unanswered = assert.rejects(sets.add("set", "a", TTL_MS));
      await clock.advance(5_000);
      await assert.rejects(sets.add("set", "b", TTL_MS), /not connected/);
      await unanswered;
      server.thaw();
      await answers(sets);
    } finally {
      sets.close();
    }
  },
);

testWith("redis-server", "a password is needed and is given", async (program) => {
  await using server = await RedisServer.start(program);
  await server.command("CONFIG", "SET", "requirepass", "hush");
  await assert.rejects(tryRedis(server.url(), { clock: systemClock }), /NOAUTH/);
  await assert.rejects(tryRedis(server.url("wrong"), { clock: systemClock }), /WRONGPASS/);
  assert.equal(
    await tryRedis(server.url("hush"), { clock: systemClock }),
    `127.0.0.1:${server.port}`,
  );
  const sets = await opened(server.url("hush"));
  assert.equal(await sets.add("set", "a", TTL_MS), true);
  sets.close();
});

Deno.test("without a server everything is an error at once", async () => {
  const sets = RedisSets.open("redis://127.0.0.1:1", { clock: new FakeClock() });
  await assert.rejects(sets.add("set", "a", TTL_MS), /not connected/);
  await assert.rejects(tryRedis("redis://127.0.0.1:1", { clock: systemClock }));
  sets.close();
});
