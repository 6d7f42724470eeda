import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

interface BlockVector {
  readonly height: number;
  readonly hash: string;
  readonly network: string;
  readonly equihash: readonly number[];
  readonly hex: string;
}

const { blocks } = JSON.parse(
  await Deno.readTextFile(new URL("../../vectors/data/zcash/blocks.json", import.meta.url)),
) as { blocks: readonly BlockVector[] };

function blockAt(height: number): BlockVector {
  const found = blocks.find((block) => block.network === "mainnet" && block.height === height);
  assert(found !== undefined);
  return found;
}

Deno.test("inspect block reads a block as bytes, as digits, from a file and from standard input", async () => {
  const { hex, hash, height } = blockAt(396);
  const digits = new TextEncoder().encode(`${hex.replace(/.{64}/g, "$&\n")}\n`);
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/bytes`, Uint8Array.fromHex(hex));
    await Deno.writeFile(`${folder}/digits`, digits);
    const rows = [
      await runCommand(["inspect", "block", `${folder}/bytes`, "--json"]),
      await runCommand(["inspect", "block", `${folder}/digits`, "--json"]),
      await runCommand(["inspect", "block", "-", "--json"], { stdin: digits }),
      await runCommand(["inspect", "block", "--json", "-"], { stdin: Uint8Array.fromHex(hex) }),
    ];
    for (const { code, out, err } of rows) {
      assert.deepEqual([code, err], [ExitCode.ok, ""]);
      const report = JSON.parse(out);
      assert.equal(report.hash, hash);
      assert.equal(report.height, height);
      assert.equal(report.pow_valid, true);
      assert.equal(report.equihash_valid, true);
      assert.equal(report.merkle_root_valid, true);
    }
  });
});

Deno.test("inspect block shows a block to people", async () => {
  const { hex, hash } = blockAt(396);
  const { code, out } = await runCommand(["inspect", "block", "-"], {
    stdin: Uint8Array.fromHex(hex),
  });
  assert.equal(code, ExitCode.ok);
  assert.match(out, /^verdict +sound$/m);
  assert.match(out, new RegExp(`^hash +${hash}$`, "m"));
  assert.match(out, /^time +1477676166 \(2016-10-28 17:36:06 UTC\)$/m);
  assert.match(out, /^Equihash solution +valid$/m);
  assert.match(out, /^coinbase output 0 +[0-9]+ zat to \w+ [0-9a-f]+$/m);
});

Deno.test("a broken block gets a verdict and exit code 1, whatever is broken", async () => {
  const good = Uint8Array.fromHex(blockAt(396).hex);
  const changed = (at: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  };
  const rows: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["half a header", good.subarray(0, 100)],
    ["half a body", good.subarray(0, 1600)],
    ["a nonce", changed(108)],
    ["a solution", changed(1000)],
    ["a transaction", changed(1600)],
    ["words", new TextEncoder().encode("not a block")],
    ["more than a block", new Uint8Array([...good, 0])],
  ];
  for (const [name, stdin] of rows) {
    const { code, out, err } = await runCommand(["inspect", "block", "-", "--json"], { stdin });
    assert.deepEqual([code, err], [ExitCode.failed, ""], name);
    const report = JSON.parse(out);
    assert.equal(report.verdict, "broken", name);
    assert(report.faults.length > 0, name);
    const shown = await runCommand(["inspect", "block", "-"], { stdin });
    assert.match(shown.out, /^verdict +broken$/m, name);
    assert.match(shown.out, /^fault +\S/m, name);
  }
});

Deno.test("digits of an odd count are named as such, and a folder or a file without end is refused", async () => {
  const odd = await runCommand(["inspect", "block", "-"], {
    stdin: new TextEncoder().encode("04 0\n"),
  });
  assert.deepEqual([odd.code, odd.out], [ExitCode.failed, ""]);
  assert.match(
    odd.err,
    /^zcash-pool: Cannot read the block: 3 hexadecimal digits are an odd count/,
  );
  await inFolder(async (folder) => {
    const rows: [string, string][] = [
      [folder, "it is a folder"],
      [`${folder}/gone`, "there is no such file"],
      ["/dev/zero", "it has more than 10000000 bytes"],
    ];
    for (const [path, reason] of rows) {
      const { code, out, err } = await runCommand(["inspect", "block", path]);
      assert.deepEqual([code, out], [ExitCode.failed, ""], path);
      assert.equal(err, `zcash-pool: Cannot read ${path}: ${reason}\n`);
    }
  });
});
