import { strict as assert } from "node:assert";
import { type Command, ExitCode, type Io, main } from "../../src/cli/mod.ts";
import { outputFaults } from "./json_output.ts";

/** What a command wrote and how it ended. */
export interface Ended {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line within this process; what it prints with `--json` has to fit its schema. */
export async function runCommand(
  argv: readonly string[],
  options: { readonly stdin?: Uint8Array; readonly commands?: readonly Command[] } = {},
): Promise<Ended> {
  let out = "";
  let err = "";
  const io: Io = {
    out(text) {
      out += text;
      return true;
    },
    err: (text) => void (err += text),
    readStdin: () => Promise.resolve(options.stdin ?? new Uint8Array()),
  };
  const code = options.commands === undefined
    ? await main(argv, io)
    : await main(argv, io, options.commands);
  if (options.commands === undefined) assert.deepEqual(outputFaults(argv, out), []);
  return { code, out, err };
}

/** Runs a test body with a folder of its own. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
