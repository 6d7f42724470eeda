import assert from "node:assert/strict";
import { createSolver, SolverError, verifySolution } from "../../../../src/mining/equihash/mod.ts";
import { spawnFromSource } from "../../../../src/mining/equihash/_worker_port.ts";
import { realShare, shareOf } from "../../../vectors/equihash/_data.ts";

const share = realShare();
const headerPrefix = share.slice(0, 108);

Deno.test("the solver finds solutions that the verifier accepts, the known one among them", async () => {
  const solver = createSolver();
  const nonce = share.slice(108, 140);
  const solving = solver.solve({ headerPrefix, nonce });
  await assert.rejects(solver.solve({ headerPrefix, nonce }), SolverError, "one call at a time");
  const solutions = await solving;
  solver.close();
  for (const solution of solutions) {
    assert.ok(verifySolution(shareOf(share.subarray(0, 140), solution)));
  }
  const known = share.subarray(143);
  assert.ok(solutions.some((solution) => solution.every((byte, i) => byte === known[i])));
});

Deno.test("closing the solver rejects the call under way and all later ones", async () => {
  const solver = createSolver();
  const nonce = new Uint8Array(32);
  const refused = assert.rejects(solver.solve({ headerPrefix, nonce }), SolverError);
  solver.close();
  await refused;
  await assert.rejects(solver.solve({ headerPrefix, nonce }), SolverError);
});

Deno.test("a solver whose thread fails says so and starts another", async () => {
  let starts = 0;
  const failing = `self.onmessage = ({ data }) => {
    if (data.kind === "solve") throw new Error("out of memory");
  };`;
  const solver = createSolver({
    spawn: (handlers) => (starts++, spawnFromSource(failing, handlers)),
  });
  const request = { headerPrefix, nonce: new Uint8Array(32) };
  await assert.rejects(solver.solve(request), SolverError);
  await assert.rejects(solver.solve(request), SolverError);
  assert.equal(starts, 2);
  solver.close();
});

Deno.test("the solver refuses parts of another length", () => {
  const solver = createSolver();
  const nonce = new Uint8Array(32);
  assert.throws(() => solver.solve({ headerPrefix: share.slice(0, 107), nonce }), RangeError);
  assert.throws(() => solver.solve({ headerPrefix, nonce: nonce.subarray(1) }), RangeError);
  solver.close();
});
