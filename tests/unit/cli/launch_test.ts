import assert from "node:assert/strict";
import { readArguments } from "../../../src/cli/arguments.ts";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { launchFlags } from "../../../src/cli/launch.ts";

const ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";

function flagsOf(name: string, ...argv: string[]): string[] {
  const command = COMMANDS.find((each) => each.name === name);
  assert.ok(command !== undefined, name);
  return launchFlags(command, readArguments(command, argv));
}

Deno.test("a command is started with the permissions of its configuration and of its own arguments", () => {
  const config = ["--pool-address", ADDRESS, "--zebra-url", "http://127.0.0.1:8232"];
  const pool = flagsOf("run", ...config, "--data-dir", "/d");
  assert.deepEqual(pool, [
    "--allow-net=0.0.0.0:3333,0.0.0.0:3334,127.0.0.1:9090,127.0.0.1:8232",
    "--allow-env=POOL__*",
    "--allow-read=/d",
    "--allow-write=/d",
  ]);
  assert.deepEqual(flagsOf("check", ...config, "--data-dir", "/d"), pool);
  const backup = flagsOf("ledger backup", ...config, "--data-dir", "/d", "/b/copy");
  assert.deepEqual(backup.slice(2), [
    "--allow-read=/d,/b/copy,/b/copy.part",
    "--allow-write=/d,/b/copy,/b/copy.part",
  ]);
  const restore = flagsOf("ledger restore", ...config, "--data-dir", "/d", "/b/copy");
  assert.deepEqual(restore.slice(2), ["--allow-read=/d,/b/copy", "--allow-write=/d"]);
});

Deno.test("a command without a configuration is started with what its arguments need", () => {
  const rows: readonly [string, string[], string[]][] = [
    ["version", [], []],
    ["keygen", [], []],
    ["keygen", ["--out", "a,b"], ["--allow-write=a,,b"]],
    ["keygen", ["--from", "key"], ["--allow-read=key"]],
    ["inspect block", ["-"], []],
    ["inspect block", ["block"], ["--allow-read=block"]],
    ["miner", ["stratum2+tcp://[::1]:3333"], ["--allow-net=[::1]:3333"]],
    ["demo-node", [], ["--allow-net=127.0.0.1"]],
  ];
  for (const [name, argv, expected] of rows) {
    assert.deepEqual(flagsOf(name, ...argv), expected, name);
  }
});
