/** No job of a live parent is forgotten for a change of target or a refresh: it may be a block. */
import assert from "node:assert/strict";
import { JobMemory } from "../../../../src/mining/channels/_job_memory.ts";
import { TargetPace } from "../../../../src/mining/channels/_target_pace.ts";
import type { ChannelJob } from "../../../../src/mining/channels/mod.ts";
import type { JobTemplate } from "../../../../src/chain/jobs/mod.ts";
import { jobTemplate } from "../../../support/job_templates.ts";

const NONCE_1 = new Uint8Array(4);

function job(jobId: number, template: JobTemplate, target = 1n): ChannelJob {
  return { jobId, template, target, targetLe: new Uint8Array(32), work: 1n, nonce1: NONCE_1 };
}

Deno.test("two hours of refreshes forget no job of their parent, a new parent all but the last", () => {
  const memory = new JobMemory();
  for (let serial = 0; serial < 240; serial++) memory.add(job(serial, jobTemplate({ serial })));
  assert.equal(memory.find(0)?.jobId, 0);
  for (let serial = 240; serial < 1_000; serial++) memory.add(job(serial, jobTemplate({ serial })));
  assert.equal(memory.find(0), undefined, "the memory has a bound");
  assert.equal(memory.find(999)?.jobId, 999);
  memory.add(job(1_000, jobTemplate({ parent: 2 })));
  assert.equal(memory.find(999)?.jobId, 999, "its shares are told to be stale");
  assert.equal(memory.find(900), undefined);
});

Deno.test("headers that were sent under another target are known, whatever came between", () => {
  const memory = new JobMemory();
  const [a, b] = [jobTemplate({ serial: 1 }), jobTemplate({ serial: 2 })];
  memory.add(job(1, a, 100n));
  memory.add(job(2, b, 50n));
  const again = jobTemplate({ serial: 1, time: a.time + 60 });
  assert.equal(memory.otherTarget(again, NONCE_1, 50n), 100n);
  assert.equal(memory.otherTarget(again, NONCE_1, 100n), undefined);
  assert.equal(memory.otherTarget(again, new Uint8Array(4), 50n), undefined, "another prefix");
  assert.equal(memory.otherTarget(jobTemplate({ serial: 3 }), NONCE_1, 7n), undefined);
});

Deno.test("who asks for another target every second gets some thirty on a parent that lives a day", () => {
  const pace = new TargetPace();
  let changes = 0;
  for (let now = 0; now < 86_400_000; now += 1_000) {
    if (!pace.allows(now)) continue;
    pace.count(now);
    changes++;
    if (changes === 16) assert.equal(now, 15_000, "the usual ones do not wait");
  }
  assert(changes > 16 && changes < 40, `${changes} changes`);
  pace.parentChanged();
  assert.equal(pace.allows(86_400_000), true);
});
