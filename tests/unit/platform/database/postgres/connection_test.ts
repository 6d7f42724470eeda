import assert from "node:assert/strict";
import { PostgresConnection } from "../../../../../src/platform/database/postgres/connection.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

Deno.test("a server that is away is not hammered, whoever asks and however often", async () => {
  const clock = new FakeClock();
  // Nothing listens on port 1: an attempt fails at once, with an error of its own.
  const connection = new PostgresConnection("postgres://pool@127.0.0.1:1/pool", clock);
  const failure = (): Promise<unknown> =>
    connection.use((client) => client.unsafe("SELECT 1")).then(
      () => assert.fail("it cannot be connected to"),
      (error) => error,
    );
  let attempt = await failure();
  assert.match(String(attempt), /Cannot use the database 127\.0\.0\.1:1\/pool/);
  // Pauses of 250 ms, then twice as long each time, up to 5 s.
  for (const pauseMs of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
    for (let call = 0; call < 100; call++) assert.equal(await failure(), attempt);
    await clock.advance(pauseMs - 1);
    assert.equal(await failure(), attempt, `tried again within ${pauseMs} ms`);
    await clock.advance(1);
    const next = await failure();
    assert.notEqual(next, attempt, `not tried again after ${pauseMs} ms`);
    attempt = next;
  }
  await connection.close();
});
