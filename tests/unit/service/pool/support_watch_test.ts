import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import { SupportWatch } from "../../../../src/service/pool/support_watch.ts";
import {
  type BestBlock,
  type DeprecationInfo,
  readDeprecationInfo,
} from "../../../../src/chain/node/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const DAY_MS = 24 * 3_600_000;

/** What zebrad 7.0.0 says on Mainnet: the height and the time at which it stops itself. */
function mainnetAnswer(endsAtMs: number): DeprecationInfo | undefined {
  return readDeprecationInfo({
    version: 7_000_000,
    subversion: "/Zebra:7.0.0/",
    deprecationheight: 3_684_728,
    end_of_service: { block_height: 3_684_728, estimated_time: Math.floor(endsAtMs / 1000) },
  });
}

function setUp(info: () => Promise<DeprecationInfo | undefined>, height = 3_543_405) {
  const clock = new FakeClock();
  const lines: { level: string; message: string }[] = [];
  let asked = 0;
  const node = {
    url: "http://node",
    getDeprecationInfo: () => {
      asked++;
      return info();
    },
    getBestBlockHeightAndHash: (): Promise<BestBlock> =>
      Promise.resolve({ height, hash: new Uint8Array(32) }),
  };
  const logger = {
    log: (level: string, _event: string, message: string) => {
      if (level !== "debug") lines.push({ level, message });
    },
  };
  const watch = new SupportWatch({ nodes: [node], clock, logger });
  return { clock, lines, watch, asked: () => asked };
}

Deno.test("the end of support is told of from 14 days before, once a day", async () => {
  const start = new FakeClock().now();
  const endsAt = start + 16 * DAY_MS;
  const { clock, lines, watch } = setUp(() => Promise.resolve(mainnetAnswer(endsAt)));
  await clock.advance(DAY_MS);
  assert.equal(lines.length, 0);
  assert.equal(watch.supportOf("http://node")?.soon, false);
  assert.equal(Math.round(watch.secondsLeft() / 86_400), 15);
  await clock.advance(2 * DAY_MS);
  assert.equal(watch.supportOf("http://node")?.soon, true);
  assert.match(
    lines[0]?.message ?? "",
    /^Its support ends at height 3684728, in 141323 blocks, about 20\d\d-\d\d-\d\d\. .*update it$/,
  );
  assert.equal(lines[0]?.level, "warn");
  const before = lines.length;
  await clock.advance(4 * DAY_MS);
  assert.equal(lines.length, before + 4);
  await watch.close();
  assert.equal(clock.pending, 0);
});

Deno.test("a node past its end is an error, one on a test network has none", async () => {
  const now = new FakeClock().now();
  const past = setUp(() => Promise.resolve(mainnetAnswer(now)), 3_684_728);
  await past.clock.advance(0);
  assert.equal(past.lines[0]?.level, "error");
  await past.watch.close();
  const test = setUp(() => Promise.resolve(readDeprecationInfo({})));
  await test.clock.advance(DAY_MS);
  assert.equal(test.lines.length, 0);
  assert.equal(test.watch.supportOf("http://node"), undefined);
  assert.equal(test.watch.secondsLeft(), Infinity);
  await test.watch.close();
});

Deno.test("a node that tells a height and no time is judged by its blocks", async () => {
  const info = { blockHeight: 3_684_728, estimatedTime: undefined };
  for (const [height, soon] of [[3_600_000, false], [3_640_000, true]] as const) {
    const { clock, watch } = setUp(() => Promise.resolve(info), height);
    await clock.advance(0);
    assert.equal(watch.supportOf("http://node")?.soon, soon);
    await watch.close();
  }
});

Deno.test("a node that does not answer is asked again, and what it said before stays", async () => {
  const now = new FakeClock().now();
  let away = true;
  const { clock, lines, watch, asked } = setUp(() =>
    away
      ? Promise.reject(new RpcError("node", "unreachable", "away"))
      : Promise.resolve(mainnetAnswer(now + DAY_MS))
  );
  await clock.advance(59_000);
  assert.equal(asked(), 1);
  away = false;
  await clock.advance(1_000);
  assert.equal(asked(), 2);
  assert.equal(lines.length, 1);
  away = true;
  await clock.advance(3_600_000);
  assert.equal(watch.supportOf("http://node")?.endHeight, 3_684_728);
  await watch.close();
});
