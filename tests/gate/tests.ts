/**
 * Runs the tests and closes with a counted line: `N passed, N failed, N skipped`.
 *
 * A test that needs a program beyond Deno has it in front of its name, `[zebrad] …`; where that is
 * missing the test is ignored, and one line for each missing program says how many tests that were
 * and how to get it.
 *
 *     deno run -A tests/gate/tests.ts [paths or flags of deno test …]
 *
 * @module
 */
import { findProgram, HOW_TO_GET, type Program } from "../support/requirements.ts";
import { printCount } from "./_count.ts";

/**
 * Test files run side by side, one a core: most of a file's time is waiting for a process, a database
 * or a socket. Types are the business of `deno task checks`.
 */
const TEST_FLAGS = ["-A", "--quiet", "--parallel", "--no-check"] as const;

/** A run that takes longer hangs: the whole suite takes a few minutes, the long form some ten. */
const RUN_LIMIT_MS = (Deno.env.get("E2E_LONG") === "1" ? 40 : 20) * 60_000;

const reportFile = await Deno.makeTempFile({ prefix: "zcash-pool-tests-", suffix: ".xml" });
try {
  const paths = Deno.args.length > 0 ? Deno.args : ["tests/"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...TEST_FLAGS, `--junit-path=${reportFile}`, ...paths],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const limit = setTimeout(() => {
    console.log(`the tests are ended: they took longer than ${RUN_LIMIT_MS / 60_000} minutes`);
    child.kill("SIGKILL");
  }, RUN_LIMIT_MS);
  const status = await child.status;
  clearTimeout(limit);
  const report = await Deno.readTextFile(reportFile);
  const cases = [...report.matchAll(/<testcase name="([^"]*)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)]
    .map(([, name = "", , body = ""]) => ({ name, body }));
  const skipped = cases.filter(({ body }) => body.includes("<skipped"));
  const failed = cases.filter(({ body }) => /<(failure|error)/.test(body)).length;
  for (const [program, howToGet] of Object.entries(HOW_TO_GET) as [Program, string][]) {
    // Tests that a filter leaves out are reported as skipped too.
    if (findProgram(program) !== undefined) continue;
    const count = skipped.filter(({ name }) => name.startsWith(`[${program}]`)).length;
    if (count > 0) {
      console.log(`skipped: ${count} tests, because ${program} was not found: ${howToGet}`);
    }
  }
  const passed = cases.length - skipped.length - failed;
  // A file that does not load is no test case; it fails the run all the same.
  const broken = !status.success && failed === 0 ? 1 : 0;
  printCount({ passed, failed: failed + broken, skipped: skipped.length });
  Deno.exitCode = status.success && failed === 0 && passed > 0 ? 0 : 1;
} finally {
  await Deno.remove(reportFile);
}
