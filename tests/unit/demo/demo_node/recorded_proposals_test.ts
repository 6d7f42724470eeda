import assert from "node:assert/strict";
import { addRecorded, recordedCalls, recordedNode, recordedTemplate } from "./_recorded.ts";
import { type BlockChanges, blockOf, currentTemplate } from "./_demo_core.ts";

const WRONG_ROOT = new Uint8Array(32).fill(0x22);

/** The faults of the recorded proposals, made anew. */
const FAULTS: Readonly<Record<string, BlockChanges>> = {
  ok: {},
  wrong_merkle_root: { header: () => ({ merkleRoot: WRONG_ROOT }) },
  wrong_commitment: { header: () => ({ blockCommitments: new Uint8Array(32).fill(0x33) }) },
  wrong_bits: { header: () => ({ bits: 0x1f0f0f0f }) },
  time_too_early: { header: ({ time }) => ({ time: time - 1 }) },
  coinbase_value_minus_one: {
    coinbase: ({ outputs }) => ({
      outputs: outputs.map((o, i) => i === 0 ? { ...o, valueZat: o.valueZat - 1n } : o),
    }),
  },
  coinbase_without_funding: { coinbase: ({ outputs }) => ({ outputs: outputs.slice(0, 1) }) },
};

Deno.test("proposals with a fault are answered in the real node's own words", async () => {
  const { core, clock } = recordedNode("regtest_nu7");
  addRecorded(core, "regtest_nu7", clock.now());
  core.board?.rebuild();
  const template = currentTemplate(core);
  assert.equal(template.parent.height + 1, recordedTemplate("regtest_nu7").height);
  let compared = 0;
  for (const { note = "", method, body } of recordedCalls()) {
    const fault = /^proposal, fault: (\w+)/.exec(note)?.[1];
    const changes = fault === undefined ? undefined : FAULTS[fault];
    if (method !== "getblocktemplate" || changes === undefined) continue;
    // The recorder left the merkle root as the template has it, unless it was the fault.
    const bytes = blockOf(template, {
      ...changes,
      header: (header) => ({
        merkleRoot: template.merkleRoot,
        ...changes.header?.(header),
      }),
    });
    const answer = await core.inbox.propose(bytes, new AbortController().signal);
    assert.equal(answer, body.result, fault);
    compared += 1;
  }
  assert.equal(compared, Object.keys(FAULTS).length);
  core.close();
});

Deno.test("a proposal from the future is refused in the real node's form", async () => {
  const { core, clock } = recordedNode("regtest_nu7");
  addRecorded(core, "regtest_nu7", clock.now());
  core.board?.rebuild();
  const far = Math.floor(clock.now() / 1000) + 100_000;
  const bytes = blockOf(currentTemplate(core), { header: () => ({ time: far }) });
  const answer = await core.inbox.propose(bytes, new AbortController().signal);
  const form =
    /^block-source-time-invalidblocktime-[0-9tz-]+-height-10-block-hash-[0-9a-f]{64}-[0-9tz-]+$/;
  assert.match(answer ?? "accepted", form);
  core.close();
});
