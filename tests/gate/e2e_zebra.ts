/**
 * The long form of the tests against real zebrad nodes: finds the binary (ZEBRAD, PATH, the cache
 * folder) or builds it, runs everything in tests/e2e, and closes with the counted line and figures.
 *
 *     deno task e2e:zebra [flags of deno test …]
 *
 * @module
 */
import { findProgram } from "../support/requirements.ts";
import { ZEBRAD_VERSION } from "../support/zebrad.ts";
import { InstallFailed, installZebrad } from "./install_zebrad.ts";

async function locate(): Promise<string | undefined> {
  const named = Deno.env.get("ZEBRAD");
  const found = findProgram("zebrad");
  if (found !== undefined) return found;
  if (named !== undefined && named !== "") {
    console.log(`there is no file ${named}, which ZEBRAD names`);
    return undefined;
  }
  try {
    return await installZebrad((line) => console.log(line));
  } catch (thrown) {
    if (!(thrown instanceof InstallFailed)) throw thrown;
    console.log(thrown.message);
    return undefined;
  }
}

/** As "zebrad 7.0.0"; the tests may still pass with another one. */
async function sayVersion(path: string): Promise<void> {
  const { stdout } = await new Deno.Command(path, { args: ["--version"], stderr: "null" }).output();
  const version = new TextDecoder().decode(stdout).trim();
  console.log(`${path}: ${version}`);
  if (!version.includes(ZEBRAD_VERSION)) {
    console.log(`the tests are written for ${ZEBRAD_VERSION}`);
  }
}

const path = await locate();
if (path === undefined) {
  Deno.exitCode = 1;
} else {
  await sayVersion(path);
  const figures = await Deno.makeTempFile({ prefix: "zcash-pool-figures-" });
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/gate/tests.ts", "tests/e2e/", ...Deno.args],
    env: { ZEBRAD: path, E2E_LONG: "1", E2E_FIGURES: figures },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  const lines = await Deno.readTextFile(figures);
  if (lines !== "") console.log(`from a foreign block to the new job at a Noise miner:\n${lines}`);
  await Deno.remove(figures);
  Deno.exitCode = code;
}
