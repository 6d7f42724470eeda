import assert from "node:assert/strict";
import { RefusalNotice } from "../../../../src/service/pool/refusal_notice.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

Deno.test("refused connections are one line a minute that names the setting", async () => {
  const clock = new FakeClock();
  const lines: [string, string, unknown, unknown][] = [];
  const notice = new RefusalNotice({
    clock,
    logger: {
      log: (level, _event, message, fields = {}) =>
        void lines.push([level, message, fields.reason, fields.refused]),
    },
  });
  const flood = (): void => {
    for (let n = 0; n < 30; n++) {
      notice.refused("max_connections_per_ip", "192.0.2.7");
      notice.refused("max_connections", `192.0.2.${n}`);
    }
  };
  flood();
  assert.equal(lines.length, 2);
  const [[level, message] = []] = lines;
  assert.equal(level, "warn");
  assert.match(message ?? "", /security\.max_connections_per_ip/);
  await clock.advance(59_999);
  flood();
  assert.equal(lines.length, 2);
  await clock.advance(1);
  flood();
  assert.deepEqual(lines.map(([, , reason, refused]) => [reason, refused]), [
    ["max_connections_per_ip", 1],
    ["max_connections", 1],
    ["max_connections_per_ip", 60],
    ["max_connections", 60],
  ]);
});
