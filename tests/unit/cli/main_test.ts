import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { defineCommand } from "../../../src/cli/command.ts";
import { CommandError } from "../../../src/cli/errors.ts";
import { ExitCode } from "../../../src/cli/mod.ts";
import {
  countOption,
  durationOption,
  flagOption,
  repeatedOption,
  textOption,
} from "../../../src/cli/options.ts";
import { runCommand } from "../../support/command_line.ts";

/** Shows what it was given. */
const echo = defineCommand({
  name: "echo things",
  summary: "Say what was given",
  options: {
    loud: flagOption("Loudly."),
    name: textOption("NAME", "A name."),
    tag: repeatedOption("TAG", "A tag."),
    count: countOption({ min: 1, max: 9, preset: 3 }, "How many."),
    for: durationOption("How long."),
  },
  operands: { usage: "FILE", min: 0, max: 1 },
  run(options, operands, io) {
    io.out(JSON.stringify({ ...options, operands }));
    return ExitCode.ok;
  },
});

const failing = (thrown: unknown) =>
  defineCommand({
    name: "fail",
    summary: "Fail",
    options: {},
    run() {
      throw thrown;
    },
  });

Deno.test("every command has help that names each of its options", async () => {
  const overview = await runCommand(["--help"]);
  assert.equal(overview.code, ExitCode.ok);
  for (const command of COMMANDS) {
    assert(overview.out.includes(`  ${command.name} `), command.name);
    const words = command.name.split(" ");
    for (const argv of [[...words, "--help"], [...words, "-h"], ["help", ...words]]) {
      const { code, out, err } = await runCommand(argv);
      assert.deepEqual([code, err], [ExitCode.ok, ""], argv.join(" "));
      for (const name of Object.keys(command.options)) {
        assert(out.includes(`--${name}`), `${argv.join(" ")}: --${name}`);
      }
      for (const line of out.split("\n")) assert(line.length <= 100, line);
    }
  }
});

Deno.test("help has a command's own options first, and those of many commands in one line", async () => {
  const { out } = await runCommand(["check", "--help"]);
  const own = out.indexOf("  --json ");
  const shared = out.indexOf("Configuration, see run --help: --config FILE, --zebra-url URL,");
  assert.ok(own >= 0 && shared > own, out);
  assert.doesNotMatch(out, /The node's cookie file/);
  assert.match((await runCommand(["run", "--help"])).out, /--zebra-cookie FILE +The node's cookie/);
});

Deno.test("help names every exit code", async () => {
  const { out } = await runCommand(["help"]);
  for (const code of Object.values(ExitCode)) assert.match(out, new RegExp(`^ +${code} +\\w`, "m"));
});

Deno.test("without a command the help goes to standard error and the line counts as wrong", async () => {
  const { code, out, err } = await runCommand([]);
  assert.deepEqual([code, out], [ExitCode.usage, ""]);
  assert.match(err, /Usage: zcash-pool COMMAND/);
});

Deno.test("a command that does not exist is refused in one line with the one that was meant", async () => {
  const rows: [string[], RegExp][] = [
    [["rnu"], /^zcash-pool: there is no command "rnu", did you mean run\?\n$/],
    [["inspect", "blok"], /"inspect blok", did you mean inspect block\?\n$/],
    [["inspect"], /^zcash-pool: inspect needs a word after it, see inspect --help\n$/],
    [["qwertz"], /^zcash-pool: there is no command "qwertz", see zcash-pool help\n$/],
    [["help", "keygn"], /did you mean keygen\?\n$/],
  ];
  for (const [argv, expected] of rows) {
    const { code, out, err } = await runCommand(argv);
    assert.deepEqual([code, out], [ExitCode.usage, ""], argv.join(" "));
    assert.match(err, expected, argv.join(" "));
  }
  assert.match((await runCommand(["inspect", "--help"])).out, /inspect block/);
});

Deno.test("options reach the command with their types", async () => {
  const rows: [string[], unknown][] = [
    [[], { loud: false, tag: [], count: 3, operands: [] }],
    [["--loud", "--name", "x", "file"], {
      loud: true,
      name: "x",
      tag: [],
      count: 3,
      operands: ["file"],
    }],
    [["--tag=a=b", "--tag", "c", "--count=9", "-"], {
      loud: false,
      tag: ["a=b", "c"],
      count: 9,
      operands: ["-"],
    }],
    [["--for", "1.5m", "--", "--loud"], {
      loud: false,
      tag: [],
      count: 3,
      for: 90_000,
      operands: ["--loud"],
    }],
  ];
  for (const [argv, expected] of rows) {
    const { code, out } = await runCommand(["echo", "things", ...argv], { commands: [echo] });
    assert.equal(code, ExitCode.ok, argv.join(" "));
    assert.deepEqual(JSON.parse(out), expected, argv.join(" "));
  }
});

Deno.test("arguments that are not understood are refused in one line each", async () => {
  const rows: [string[], string][] = [
    [["--nam", "x"], "--nam is no option of echo things, did you mean --name?"],
    [["--hlep"], "--hlep is no option of echo things, did you mean --help?"],
    [["--zzzzzz"], "--zzzzzz is no option of echo things, see echo things --help"],
    [["--toString"], "--toString is no option of echo things, see echo things --help"],
    [["-x"], "-x is no option of echo things, see echo things --help"],
    [["--name"], "--name needs a value: --name NAME"],
    [["--name", "a", "--name", "b"], "--name stands twice"],
    [["--loud=yes"], "--loud takes no value"],
    [["--count", "0"], '--count = "0": allowed is a whole number from 1 to 9'],
    [["--count", "1e0"], '--count = "1e0": allowed is a whole number from 1 to 9'],
    [["--for", "5"], '--for = "5": allowed is a time like 60s, 500ms, 5m, at most 24h'],
    [["--for", "25h"], '--for = "25h": allowed is a time like 60s, 500ms, 5m, at most 24h'],
    [["a", "b"], 'echo things does not take "b", see echo things --help'],
  ];
  for (const [argv, expected] of rows) {
    const { code, out, err } = await runCommand(["echo", "things", ...argv], { commands: [echo] });
    assert.deepEqual([code, out, err], [ExitCode.usage, "", `zcash-pool: ${expected}\n`]);
  }
});

Deno.test("what a command throws becomes lines on standard error and an exit code", async () => {
  const rows: [unknown, ExitCode, RegExp][] = [
    [
      new CommandError(ExitCode.node, "one\ntwo"),
      ExitCode.node,
      /^zcash-pool: one\nzcash-pool: two\n$/,
    ],
    [
      new Deno.errors.NotCapable("Requires net"),
      ExitCode.permission,
      /^zcash-pool: a permission is missing; /,
    ],
    [new TypeError("oops"), ExitCode.failed, /^zcash-pool: a fault of this program: oops\n.* at /],
    ["text", ExitCode.failed, /^zcash-pool: a fault of this program: text\n$/],
  ];
  for (const [thrown, expected, text] of rows) {
    const { code, err } = await runCommand(["fail"], { commands: [failing(thrown)] });
    assert.equal(code, expected);
    assert.match(err, text);
  }
});

Deno.test("version shows the version of deno.json", async () => {
  const manifest = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  );
  for (const argv of [["version"], ["--version"], ["-V"]]) {
    const { code, out } = await runCommand(argv);
    assert.equal(code, ExitCode.ok);
    assert(out.startsWith(`zcash-pool ${manifest.version} (deno ${Deno.version.deno}`), out);
  }
  const { out } = await runCommand(["version", "--json"]);
  assert.equal(JSON.parse(out).version, manifest.version);
});

Deno.test("options of the demo's node may be given once, as their help says", async () => {
  const { out } = await runCommand(["demo-node", "--help"]);
  assert.doesNotMatch(out, /more than once/);
  const { code, err } = await runCommand(["demo-node", "--port", "0", "--port", "0"]);
  assert.equal(code, ExitCode.usage);
  assert.match(err, /--port stands twice/);
});

Deno.test("a port of the demo's node that is taken is no fault of this program", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { code, err } = await runCommand(["demo-node", "--port", String(taken.addr.port)]);
    assert.deepEqual([code, err], [
      ExitCode.failed,
      "zcash-pool: Cannot open the demo's node: another process has the port, take another one\n",
    ]);
  } finally {
    taken.close();
  }
});
