import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compileStaged, embeddedModules, stagedEntry, stageProgram } from "../gate/compile.ts";
import blocks from "../vectors/data/zcash/blocks.json" with { type: "json" };

/** Any program stands for the runtime, which cannot be downloaded everywhere. */
const STAND_IN = "/bin/true";

async function output(args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

function occurrences(haystack: Uint8Array, needle: Uint8Array): number {
  let count = 0;
  const bytes = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length);
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) count++;
  return count;
}

/** With another last byte of the solution, which ends at byte 1,487. */
function withBrokenSolution(hex: string): string {
  const at = 2 * (1_487 - 1);
  return `${hex.slice(0, at)}${hex.slice(at, at + 2) === "00" ? "01" : "00"}${hex.slice(at + 2)}`;
}

Deno.test("the compiled program has both WebAssembly modules inside, and its bundle checks solutions", async () => {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-compile-" });
  const before = Deno.env.get("DENORT_BIN");
  try {
    await stageProgram(folder);
    Deno.env.set("DENORT_BIN", before ?? STAND_IN);
    await compileStaged(folder, `${folder}/zcash-pool-server`);
    const program = await Deno.readFile(`${folder}/zcash-pool-server`);
    for (const module of embeddedModules()) assert.equal(occurrences(program, module), 1);

    const version = await output(["run", "--no-prompt", stagedEntry(folder), "version"]);
    assert.match(version.text, /^zcash-pool \d/);
    const hex = blocks.blocks.find(({ height }) => height === 396)?.hex ?? "";
    for (const [digits, code] of [[hex, 0], [withBrokenSolution(hex), 1]] as const) {
      const file = `${folder}/block.hex`;
      await Deno.writeTextFile(file, digits);
      const run = ["run", "--no-prompt", `--allow-read=${file}`, stagedEntry(folder)];
      const verdict = await output([...run, "inspect", "block", file]);
      assert.equal(verdict.code, code, verdict.text);
    }
  } finally {
    if (before === undefined) Deno.env.delete("DENORT_BIN");
    else Deno.env.set("DENORT_BIN", before);
    await Deno.remove(folder, { recursive: true });
  }
});
