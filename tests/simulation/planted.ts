/**
 * Proves the simulation: faults are put into copies of the program, one at a time, and each must be
 * found; prints how many seeds it took.
 *
 *     deno task test:simulation-planted [--seeds N] [--fault TEXT]
 *
 * `--fault` takes those whose name has the text.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

/** A statement of the program, and what stands there in the faulty one. */
interface PlantedFault {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  /** Stands there once. */
  readonly right: string;
  readonly wrong: string;
}

const FAULTS: readonly PlantedFault[] = [
  {
    name: "a lost rollback",
    file: "platform/database/sqlite/sqlite_database.ts",
    right: "      } catch (thrown) {\n        this.writer.undo();\n        throw thrown;",
    wrong: '      } catch (thrown) {\n        this.writer.script("COMMIT");\n        throw thrown;',
  },
  {
    name: "an acknowledgement of what was not recorded",
    file: "money/records/share_recorder.ts",
    right: "if (!taken) return false;",
    wrong: "if (!taken) return true;",
  },
  {
    name: "a forgotten look at the records' room",
    file: "money/records/record_writer.ts",
    right: "if (!this.accepting) return false;",
    wrong: "if (!this.accepting) return true;",
  },
  {
    name: "a duplicate that is not remembered",
    file: "mining/shares/share_processor.ts",
    right: 'if (inserted === "seen") return rejected("duplicate");',
    wrong: "",
  },
  {
    name: "a job that outlives its parent",
    file: "mining/shares/share_processor.ts",
    right: "const stale = !book.isLive(template);",
    wrong: "const stale = false;",
  },
  {
    name: "a verdict that nobody heeds",
    file: "mining/shares/share_processor.ts",
    right: '(valid) => valid ? this.#settle(checked) : rejected("invalid_solution"),',
    wrong: "() => this.#settle(checked),",
  },
  {
    name: "one header under two targets",
    file: "mining/channels/channel_session.ts",
    right: "const nonce1 = this.#prefixes.tryRenew(channel.nonce1);",
    wrong: "const nonce1 = channel.nonce1;",
  },
  {
    name: "a prefix that two channels have",
    file: "mining/channels/nonce_prefixes.ts",
    right: "if (this.#live.has(candidate) || this.#resting.has(candidate)) continue;",
    wrong: "if (this.#passed % 7n === 0n) return this.#order.prefixAt(this.#start);",
  },
  {
    name: "a block of a dead parent that goes nowhere",
    file: "mining/shares/share_processor.ts",
    right: "if (isBlock) sink.blockFound({ miner, template, hash, header, stale });",
    wrong:
      "if (isBlock && miner.workerName.length % 2 === 0) sink.blockFound({ miner, template, hash, header, stale });",
  },
  {
    name: "unfinished blocks of an earlier run that are forgotten",
    file: "chain/blocks/block_submitter.ts",
    right: "      unfinished = spool.unfinished();",
    wrong: "      unfinished = spool.unfinished().slice(0, 0);",
  },
  {
    name: "an hour that takes a share twice",
    file: "money/books/hour_closer.ts",
    right: "this.#reader.workBetween(tx, last.through, through)",
    wrong: "this.#reader.workBetween(tx, last.through === 0n ? 0n : last.through - 1n, through)",
  },
  {
    name: "a batch that counts again when its first answer was lost",
    file: "money/records/sqlite/share_rows.ts",
    right: "if (this.#insertProof.run(share.height, share.proofId) === 0n) return false;",
    wrong: "this.#insertProof.run(share.height, share.proofId);",
  },
];

const ROOT = new URL("../../", import.meta.url);

/** What a run of the simulation needs of the tree. */
const PARTS = [
  ...["deno.json", "deno.lock", "src", "tests/simulation", "tests/support"],
  ...["wasm/modules.js", "wasm/pkg"],
];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seeds: { type: "string", default: "500" },
    fault: { type: "string", default: "" },
  },
});

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

async function copyTree(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-planted-" });
  for (const part of PARTS) {
    await Deno.mkdir(new URL(".", `file://${folder}/${part}`), { recursive: true });
    await run("cp", ["-r", fileURLToPath(new URL(part, ROOT)), `${folder}/${part}`], folder);
  }
  await Deno.symlink(fileURLToPath(new URL("node_modules", ROOT)), `${folder}/node_modules`);
  return folder;
}

/** The rule that was broken and the seed at which it was, or undefined where nothing was found. */
async function find(folder: string, fault: PlantedFault): Promise<string | undefined> {
  const path = `${folder}/src/${fault.file}`;
  const text = await Deno.readTextFile(path);
  if (text.split(fault.right).length !== 2) {
    throw new Error(`${fault.name}: its statement does not stand once in ${fault.file}`);
  }
  try {
    await Deno.writeTextFile(path, text.replace(fault.right, () => fault.wrong));
    const output = await run(Deno.execPath(), [
      ...["run", "-A", "--no-check", "tests/simulation/main.ts"],
      ...["--seeds", values.seeds, "--first"],
    ], folder);
    const found = /^seed .*$/m.exec(output)?.[0];
    if (found === undefined && !output.includes(" 0 failed")) throw new Error(output);
    return found;
  } finally {
    await Deno.writeTextFile(path, text);
  }
}

const folder = await copyTree();
const chosen = FAULTS.filter(({ name }) => name.includes(values.fault));
let missed = 0;
try {
  for (const fault of chosen) {
    const found = await find(folder, fault);
    if (found === undefined) missed++;
    console.log(`${fault.name}: ${found ?? `NOT FOUND in ${values.seeds} seeds`}`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(`${chosen.length - missed} of ${chosen.length} faults found`);
Deno.exit(missed === 0 ? 0 : 1);
