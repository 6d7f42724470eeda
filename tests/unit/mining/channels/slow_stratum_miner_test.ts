/**
 * A processor on the port for ASICs: its prefix cannot change, so every easier target waits for the
 * next parent. It must stay connected until it has its first share, second by second on a clock of
 * the test.
 */
import assert from "node:assert/strict";
import { noMetrics } from "../../../../src/base/mod.ts";
import { JobBook } from "../../../../src/chain/jobs/mod.ts";
import {
  ChannelSession,
  NoncePrefixes,
  PrefixAccounts,
  RememberedWorkers,
} from "../../../../src/mining/channels/mod.ts";
import { targetOfDifficulty, workOfTarget } from "../../../../src/chain/zcash/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { jobTemplate } from "../../../support/job_templates.ts";
import { ANY_TARGET } from "../../../support/pool_harness.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const SOLUTIONS_A_SECOND = 2;
/** Blocks of Zcash, and those of an unlucky hour. */
const PARENT_SECONDS = [25, 75, 150];
const IDLE_SECONDS = 300;
/** The parent after the one in which vardiff reached the rate, with some to spare. */
const PATIENCE_SECONDS = 480;

for (const parentSeconds of PARENT_SECONDS) {
  Deno.test(`with a block every ${parentSeconds} s two solutions a second get alive from difficulty 1024 to a share`, async () => {
    const random = seededRandom(parentSeconds);
    let now = 0;
    let silentSince = 0;
    /** Of the job in hand: the channel's own is not told before the next parent. */
    let target = 0n;
    const book = new JobBook(random);
    book.activate(jobTemplate({ networkTarget: 1n }));
    const session = new ChannelSession({
      nonce1Length: 4,
      bounds: { easiest: targetOfDifficulty(0.001), hardest: targetOfDifficulty(1_000_000) },
      initialTarget: targetOfDifficulty(1_024),
      channelsPerConnectionMax: 8,
      channelsMax: 8,
      targetSharesPerMinute: 5,
      silenceMs: IDLE_SECONDS * 1_000 / 4,
    }, {
      clock: { monotonic: () => now, now: () => now, after: () => () => {} },
      book,
      metrics: noMetrics("channelsOpen", "jobsSent", "retargets"),
      prefixes: new PrefixAccounts(new NoncePrefixes(4, random)),
      workers: new RememberedWorkers({
        lastTarget: () => Promise.resolve(undefined),
        remember: () => {},
      }),
      identify: () => Promise.resolve({ minerId: "somebody", workerName: "cpu" }),
      refusal: () => undefined,
    }, {
      address: "192.0.2.1",
      changesPrefixes: false,
      tell: (facts) => {
        for (const fact of facts) if (fact.kind === "job") target = fact.job.target;
      },
      awaitShare: () => silentSince = now,
    });
    session.reserve();
    const wish = { nominalHashRate: 0, maxTarget: ANY_TARGET, freeNonceBytes: 0 };
    session.open({ userIdentity: "somebody.cpu", ...wish }, (answer) => {
      if (answer.kind === "opened") target = answer.job?.target ?? 0n;
    });
    await settle();
    assert.equal(target, targetOfDifficulty(1_024));
    let expected = 0;
    // A share comes when its work is done, to the second: no luck in either direction.
    for (; expected < 1; expected += SOLUTIONS_A_SECOND / Number(workOfTarget(target))) {
      now += 1_000;
      assert(now - silentSince < IDLE_SECONDS * 1_000, `closed as idle after ${now / 1_000} s`);
      assert(now < PATIENCE_SECONDS * 1_000, "eight minutes without a share");
      for (const _ of session.tick());
      if (now % (parentSeconds * 1_000) !== 0) continue;
      const template = jobTemplate({ networkTarget: 1n, parent: 1 + now / 1_000 });
      book.activate(template);
      for (const _ of session.broadcast(template, true));
    }
    session.end();
  });
}
