import assert from "node:assert/strict";
import { PostgresConnection } from "../../../../../src/platform/database/postgres/connection.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

/** What a server says that is not ready: severity, code and message, each ended by a zero. */
const STARTING = (() => {
  const fields = new TextEncoder().encode(
    "SFATAL\0C57P03\0Mthe database system is starting up\0\0",
  );
  const message = new Uint8Array(5 + fields.length);
  message[0] = "E".charCodeAt(0);
  new DataView(message.buffer).setUint32(1, 4 + fields.length);
  message.set(fields, 5);
  return message;
})();

Deno.test("a server that is away is not hammered, whoever asks and however often", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let attempts = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      attempts++;
      await connection.read(new Uint8Array(4_096));
      await connection.write(STARTING);
      connection.close();
    }
  })();
  const clock = new FakeClock();
  const { port } = listener.addr;
  const connection = new PostgresConnection(`postgres://pool@127.0.0.1:${port}/pool`, clock);
  const ask = () => connection.use((client) => client.unsafe("SELECT 1"));
  try {
    await assert.rejects(ask(), { code: "io" });
    assert.equal(attempts, 1);
    // Pauses of 250 ms, then twice as long each time, up to 5 s.
    for (const pauseMs of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
      const before: number = attempts;
      for (let call = 0; call < 100; call++) await assert.rejects(ask(), { code: "io" });
      await clock.advance(pauseMs - 1);
      await assert.rejects(ask(), { code: "io", message: /Cannot use the database 127/ });
      assert.equal(attempts, before, `within ${pauseMs} ms`);
      await clock.advance(1);
      await assert.rejects(ask(), { code: "io" });
      // The client itself may try a second time.
      assert(attempts > before && attempts <= before + 2, `after ${pauseMs} ms`);
    }
  } finally {
    await connection.close();
    listener.close();
    await accepting;
  }
});
