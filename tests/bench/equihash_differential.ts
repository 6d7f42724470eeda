/**
 * The verifier against the published one, on right solutions and on many kinds of wrong ones: our
 * Rust natively in one process with it, and the committed wasm by way of a stream of verdicts.
 * Without cargo it says so and does nothing.
 *
 *     deno run -A tests/bench/equihash_differential.ts          20,000 shares each, some seconds
 *     deno task test:equihash-long                              1,000,000 shares each
 *
 * @module
 */
import { HEADER_LENGTH } from "../../src/base/mod.ts";
import { verifySolution } from "../../src/mining/equihash/mod.ts";

const WASM_FOLDER = new URL("../../wasm/", import.meta.url);
const VECTORS = ["headers", "siblings"].map((name) =>
  new URL(`../vectors/data/equihash/${name}.json`, import.meta.url).pathname
);
/** A share and the byte of its verdict. */
const RECORD_LENGTH = HEADER_LENGTH + 1;

function cargo(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command("cargo", { args: [...args], env, cwd: WASM_FOLDER, stdout: "piped" });
}

/** Our Rust beside the published Rust. */
async function compareNatively(count: number): Promise<boolean> {
  const { success, stdout } = await cargo(
    ["test", "--quiet", "--release", "--locked", "--test", "differential", "--", "--nocapture"],
    { DIFFERENTIAL_COUNT: `${count}` },
  ).output();
  const text = new TextDecoder().decode(stdout);
  console.log(`native: ${/\d+ shares: .*/.exec(text)?.[0] ?? text}`);
  return success;
}

/** The committed wasm, in this process, beside the published Rust in another. */
async function compareWasm(count: number, seed: number): Promise<boolean> {
  const child = cargo([
    ...["run", "--quiet", "--release", "--locked", "-p", "equihash-baseline", "--bin", "verdicts"],
    ...["--", `${count}`, `${seed}`, ...VECTORS],
  ]).spawn();
  const counts = { valid: 0, wrong: 0, different: 0 };
  let rest = new Uint8Array(0);
  for await (const chunk of child.stdout) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let at = 0;
    for (; at + RECORD_LENGTH <= bytes.length; at += RECORD_LENGTH) {
      const verdict = verifySolution(bytes.subarray(at, at + HEADER_LENGTH));
      if (verdict !== (bytes[at + HEADER_LENGTH] === 1)) counts.different++;
      counts[verdict ? "valid" : "wrong"]++;
    }
    rest = bytes.slice(at);
  }
  const { success } = await child.status;
  console.log(
    `wasm: ${counts.valid + counts.wrong} shares: ${counts.valid} valid, ${counts.wrong} not, ` +
      `${
        counts.different === 0 ? "no difference" : `${counts.different} DIFFERENT (seed ${seed})`
      }`,
  );
  return success && counts.different === 0 && counts.valid > 0 && rest.length === 0;
}

/** Whether there is a cargo to build the published verifier with. */
async function cargoIsThere(): Promise<boolean> {
  try {
    return (await cargo(["--version"]).output()).success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

if (!await cargoIsThere()) {
  console.log("not compared: there is no cargo");
  Deno.exit(0);
}
const count = Deno.args.includes("--long") ? 1_000_000 : 20_000;
const same = [await compareNatively(count), await compareWasm(count, 4242)];
Deno.exit(same.every((each) => each) ? 0 : 1);
