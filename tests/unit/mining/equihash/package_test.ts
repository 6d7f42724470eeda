import assert from "node:assert/strict";
import { currentOrigin, recordedOrigin } from "../../../../wasm/source_digest.ts";

Deno.test("the committed wasm package was built from the committed source", async () => {
  assert.deepEqual(await currentOrigin(), await recordedOrigin(), "run: deno task wasm");
});

Deno.test("verifier threads and the solver start with network permission alone", async () => {
  const script = `
    import { createSolver, createWorkerVerifier } from "./src/mining/equihash/mod.ts";
    import { systemClock } from "./src/base/mod.ts";
    const verifier = createWorkerVerifier(
      { threads: 1, queueCapacity: 1 }, { clock: systemClock });
    const verdict = await verifier.verify({ header: new Uint8Array(1487), source: { network: "192.0.2.1", id: 1 }, urgent: true });
    await verifier.close();
    const solver = createSolver();
    const request = { headerPrefix: new Uint8Array(108), nonce: new Uint8Array(32) };
    const solutions = await solver.solve(request);
    solver.close();
    console.log(verdict, Array.isArray(solutions));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", "--quiet", "--ext=ts", "-"],
    cwd: new URL("../../../../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(script));
  await input.close();
  const { stdout, stderr } = await child.output();
  assert.equal(new TextDecoder().decode(stdout), "false true\n", new TextDecoder().decode(stderr));
});
