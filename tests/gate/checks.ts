/**
 * The rest of the gate: format, lint, types, architecture, examples in the documentation. Prints
 * what fails and closes with a counted line.
 *
 * @module
 */
import { printCount } from "./_count.ts";

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  "format": ["fmt", "--check", "--quiet"],
  "lint": ["lint", "--quiet"],
  "types": ["check", "--quiet", "main.ts", "pool.ts", "src/", "tests/"],
  "architecture": ["run", "--quiet", "--allow-read=.", "tests/gate/architecture.ts"],
  "examples in the documentation": ["test", "--doc", "--no-check", "--quiet", "-A", "src/"],
};

let failed = 0;
for (const [name, args] of Object.entries(CHECKS)) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  console.log(`${name}: ${success ? "ok" : "FAILED"}`);
  if (success) continue;
  failed++;
  await Deno.stdout.write(stdout);
  await Deno.stdout.write(stderr);
}
printCount({ passed: Object.keys(CHECKS).length - failed, failed, skipped: 0 });
Deno.exitCode = failed === 0 ? 0 : 1;
