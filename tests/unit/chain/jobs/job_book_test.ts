import assert from "node:assert/strict";
import { JobBook } from "../../../../src/chain/jobs/mod.ts";
import { jobTemplate } from "../../../support/job_templates.ts";

const zeros = { bytes: (length: number): Uint8Array => new Uint8Array(length) };
const ones = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(0xff) };

Deno.test("a job lives as long as its parent is the tip, through every refresh", () => {
  const book = new JobBook(zeros);
  const first = jobTemplate({ parent: 1 });
  assert.equal(book.isLive(first), false);
  assert.equal(book.activate(first), true);
  assert.equal(book.activate(jobTemplate({ parent: 1, serial: 1 })), false);
  assert.equal(book.isLive(first), true);
  assert.equal(book.activate(jobTemplate({ parent: 2, serial: 2 })), true);
  assert.equal(book.isLive(first), false);
});

Deno.test("a reorganization back to a parent revives its jobs", () => {
  const book = new JobBook(zeros);
  const first = jobTemplate({ parent: 1 });
  book.activate(first);
  book.activate(jobTemplate({ parent: 2 }));
  assert.equal(book.activate(jobTemplate({ parent: 1, serial: 9 })), true);
  assert.equal(book.isLive(first), true);
});

Deno.test("withdrawn work is dead and there is nothing to hand out", () => {
  const book = new JobBook(zeros);
  const template = jobTemplate();
  book.activate(template);
  book.withdraw();
  assert.equal(book.current, undefined);
  assert.equal(book.isLive(template), false);
});

Deno.test("job ids start at random, go round below 2^31 and differ", () => {
  const book = new JobBook(ones);
  assert.equal(book.nextJobId(), 0x7fff_ffff);
  assert.equal(book.nextJobId(), 0);
  assert.equal(book.nextJobId(), 1);
});
