import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

const POOL = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const OTHER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

/** Commands on books of their own, and on a node that is not there. */
function inBooks(
  run: (command: (...argv: string[]) => ReturnType<typeof runCommand>) => Promise<void>,
) {
  return inFolder((folder) =>
    run((...argv) =>
      runCommand([
        ...argv,
        "--pool-address",
        POOL,
        "--data-dir",
        folder,
        "--zebra-url",
        "http://127.0.0.1:1",
      ])
    )
  );
}

Deno.test("accounts are added, shown, and paid elsewhere after a day", async () => {
  await inBooks(async (command) => {
    const added = await command("accounts", "add", "Alice", OTHER, "--by", "mia");
    assert.deepEqual([added.code, added.out], [ExitCode.ok, `alice is paid at ${OTHER}.\n`]);
    assert.match(added.err, /The node could not be asked/);
    const changed = await command(
      "accounts",
      "set-address",
      "alice",
      POOL,
      "--reason",
      "new wallet",
    );
    assert.match(changed.out, new RegExp(`^alice is paid at ${POOL} from [-0-9]+ [:0-9]+ UTC on`));
    const again = await command("accounts", "set-address", "alice", POOL);
    assert.equal(again.out, "alice: nothing changes.\n");
    const list = await command("accounts", "list");
    assert.match(
      list.out,
      /^account +paid at +changes to +from \(UTC\)\nalice +tmGq\w+ +tm9i\w+ +2/,
    );
    const { accounts } = JSON.parse((await command("accounts", "list", "--json")).out);
    assert.deepEqual([accounts[0].name, accounts[0].address, accounts[0].pending_address], [
      "alice",
      OTHER,
      POOL,
    ]);
  });
});

Deno.test("bad names, addresses and places end with 1 and say what is expected", async () => {
  await inBooks(async (command) => {
    const rows: [string[], RegExp][] = [
      [["accounts", "list"], /there are none at .*zcash-pool\.sqlite/],
      [["accounts", "add", "a", OTHER], /3 to 32 letters/],
      [["accounts", "add", "alice", "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY"], /Testnet|tm/],
      [
        ["accounts", "add", "alice", "nonsense"],
        /^zcash-pool: Cannot use the address: (?!Cannot)/m,
      ],
      [["accounts", "set-address", "bob", OTHER], /there is no such account/],
    ];
    for (const [argv, expected] of rows) {
      const { code, err } = await command(...argv);
      assert.equal(code, ExitCode.failed, argv.join(" "));
      assert.match(err, expected, argv.join(" "));
      // A node is asked only about what can be an address, so that the answer names what is wrong.
      if (argv[1] === "add") assert.doesNotMatch(err, /could not be asked/, argv.join(" "));
    }
    assert.equal((await command("accounts", "add", "alice")).code, ExitCode.usage);
    assert.equal((await command("accounts", "add", "alice", OTHER)).code, ExitCode.ok);
    assert.match((await command("accounts", "add", "alice", POOL)).err, /the name is taken/);
  });
});

Deno.test("books in memory and a database of another program are refused by name", async () => {
  await inFolder(async (folder) => {
    const memory = await runCommand([
      ...["accounts", "list", "--pool-address", POOL, "--set", "database.path=:memory:"],
    ]);
    assert.match(memory.err, /database\.path is :memory:/);
    const path = `${folder}/other.sqlite`;
    await Deno.writeTextFile(path, "this is some other file ".repeat(100));
    const foreign = await runCommand([
      ...["accounts", "list", "--pool-address", POOL, "--set", `database.path=${path}`],
    ]);
    assert.equal(foreign.code, ExitCode.failed);
    assert.match(foreign.err, /other\.sqlite: file is not a database/);
  });
});
