import assert from "node:assert/strict";
import type { Logger } from "../../../../src/base/mod.ts";
import {
  connectText,
  sayStopped,
  sayStopping,
} from "../../../../src/service/pool/announcements.ts";

Deno.test("miners are told an address that they can use, never 0.0.0.0", () => {
  assert.equal(
    connectText("stratum2+tcp://127.0.0.1:3333/KEY", { hostname: "127.0.0.1", port: 3333 }),
    "miners connect to stratum2+tcp://127.0.0.1:3333/KEY",
  );
  const rows: [string, { hostname: string; port: number }][] = [
    ["stratum2+tcp://0.0.0.0:3333/KEY", { hostname: "0.0.0.0", port: 3333 }],
    ["stratum2+tcp://[::]:3333/KEY", { hostname: "::", port: 3333 }],
  ];
  for (const [url, address] of rows) {
    const text = connectText(url, address);
    assert.match(text, /port 3333 of this machine: stratum2\+tcp:\/\/YOUR-POOL:3333\/KEY with/);
    assert.doesNotMatch(text, /0\.0\.0\.0|\[::\]/);
  }
});

Deno.test("the end of a pool is told when it begins, and with totals when it is over", () => {
  const lines: [string, unknown][] = [];
  const log: Logger = {
    log: (_level, event, _message, fields) => void lines.push([event, fields]),
  };
  sayStopping(log, { why: "SIGTERM", pool: { channelCount: 7 }, mining: { active: 5 } });
  sayStopped(log, {
    totals: {
      accepted: 9,
      rejected: { stale: 2, duplicate: 1, invalid: 0, low_diff: 0 },
      blocksFound: 3,
      blocksAccepted: 2,
      creditPicoZat: 5_999_999_999_999n,
    },
  }, false);
  assert.deepEqual(lines, [
    ["pool_stopping", { signal: "SIGTERM", connections: 5, channels: 7 }],
    ["pool_stopped", {
      shares_accepted: 9,
      shares_rejected: 3,
      blocks_found: 3,
      blocks_accepted: 2,
      credited_zat: "5",
    }],
  ]);
});

Deno.test("a pool that lost something at its end does not say that all is written", () => {
  const lines: string[][] = [];
  const log: Logger = { log: (level, _event, message) => void lines.push([level, message]) };
  const totals = {
    accepted: 0,
    rejected: { stale: 0, duplicate: 0, invalid: 0, low_diff: 0 },
    blocksFound: 0,
    blocksAccepted: 0,
    creditPicoZat: 0n,
  };
  sayStopped(log, { totals }, true);
  sayStopped(log, { totals }, false);
  assert.deepEqual(lines, [
    ["error", "not everything could be closed or written, the lines before say what"],
    ["info", "everything is closed and written"],
  ]);
});
