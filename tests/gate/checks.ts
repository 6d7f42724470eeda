/**
 * The rest of the gate: format, lint, types, architecture, exports, examples in the documentation.
 * Prints what fails and closes with a counted line.
 *
 * @module
 */
import { printCount } from "./_count.ts";

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  "format": ["fmt", "--check", "--quiet"],
  "lint": ["lint", "--quiet"],
  "types": ["check", "--quiet", "main.ts", "pool.ts", "src/", "tests/"],
  "architecture": ["run", "--quiet", "--allow-read=.", "tests/gate/architecture.ts"],
  "exports": ["run", "--quiet", "--allow-read=.", "tests/gate/exports.ts"],
  "examples in the documentation": ["test", "--doc", "--no-check", "--quiet", "-A", "src/"],
};

/** Older compilers cannot build the crate that the verifier is compared with. */
const RUST_MIN = [1, 85] as const;

/** The verifier against the published one needs Rust, which users of the package do not. */
const RUST_CHECKS: typeof CHECKS = {
  "the verifier against the published one": ["run", "-A", "tests/bench/equihash_differential.ts"],
};

async function hasRust(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("cargo", { args: ["--version"] }).output();
    const [, major, minor] = /^cargo (\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return Number(major) > RUST_MIN[0] ||
      (Number(major) === RUST_MIN[0] && Number(minor) >= RUST_MIN[1]);
  } catch {
    return false;
  }
}

const rust = await hasRust();
const checks = { ...CHECKS, ...(rust ? RUST_CHECKS : {}) };
const skipped = rust ? [] : Object.keys(RUST_CHECKS);
for (const name of skipped) {
  console.log(`skipped: ${name}, because there is no cargo ${RUST_MIN.join(".")} or later`);
}
let failed = 0;
for (const [name, args] of Object.entries(checks)) {
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
printCount({ passed: Object.keys(checks).length - failed, failed, skipped: skipped.length });
Deno.exitCode = failed === 0 ? 0 : 1;
