import assert from "node:assert/strict";
import { JobBook, makeJobTemplate, payAllTo, payThenRest } from "../../../../src/chain/jobs/mod.ts";
import { p2pkhScript } from "../../../../src/chain/zcash/mod.ts";
import { Offers } from "../../../../src/mining/job_declaration/offers.ts";
import { madeTemplate } from "../../../support/block_templates.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const poolScript = p2pkhScript(new Uint8Array(20).fill(0x33));

Deno.test("while the pool's own jobs pay miners, a declared one is offered the pool's output alone", () => {
  const plain = makeJobTemplate(madeTemplate(), {
    split: payAllTo(poolScript),
    processBytes: new Uint8Array(8),
    tag: new Uint8Array(0),
    serial: 1,
  });
  const payee = { valueZat: 5_000n, script: p2pkhScript(new Uint8Array(20).fill(0x44)) };
  const book = new JobBook(seededRandom(1));
  book.activate(plain.withSplit({ split: payThenRest([payee], poolScript), sequence: 1 }));
  const offers = new Offers(book);
  const { template, id } = offers.newest();
  assert.equal(template, plain);
  assert.deepEqual(template.minerOutputs, [{ valueZat: plain.minerValueZat, script: poolScript }]);
  book.activate(plain.withSplit({ split: payThenRest([payee], poolScript), sequence: 2 }));
  assert.equal(offers.newest().id, id, "what is declared by it goes on");
});
