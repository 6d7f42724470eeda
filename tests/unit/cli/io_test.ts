import assert from "node:assert/strict";
import { CommandError } from "../../../src/cli/errors.ts";
import { ExitCode } from "../../../src/cli/mod.ts";
import { main } from "../../../src/cli/main.ts";
import { type OutputStream, readAll, writeNote, writeResult } from "../../../src/cli/io.ts";

/** What the system answers when it takes no bytes. */
const refusing = (code: string): OutputStream => ({
  writeSync() {
    throw Object.assign(new Error(`as the runtime says it (os error 28)`), { code });
  },
});

Deno.test("a full disk at the command line is one line and exit code 1", async () => {
  const lines: string[] = [];
  for (const code of ["ENOSPC", "EDQUOT", "EIO"]) {
    const stream = refusing(code);
    const exit = await main(["help"], {
      out: (text) => writeResult(stream, text),
      err: (text) => void lines.push(text),
      readStdin: () => Promise.resolve(new Uint8Array(0)),
    });
    assert.equal(exit, ExitCode.failed);
  }
  assert.deepEqual(lines, [
    "zcash-pool: Cannot write to standard output: the disk is full\n",
    "zcash-pool: Cannot write to standard output: the disk quota is used up\n",
    "zcash-pool: Cannot write to standard output: the disk does not work (input/output error)\n",
  ]);
});

Deno.test("a full disk under standard error leaves the exit code to tell", async () => {
  const stream = refusing("ENOSPC");
  const io = {
    out: (text: string) => writeResult(stream, text),
    err: (text: string) => writeNote(stream, text),
    readStdin: () => Promise.resolve(new Uint8Array(0)),
  };
  assert.equal(await main(["nonsense"], io), ExitCode.usage);
  assert.equal(await main(["help"], io), ExitCode.failed);
});

Deno.test("a closed pipe is told to the command, which goes on or ends", () => {
  const closed: OutputStream = {
    writeSync() {
      throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    },
  };
  assert.equal(writeResult(closed, "text"), false);
  assert.equal(writeResult({ writeSync: (bytes) => Math.min(3, bytes.length) }, "a text"), true);
});

Deno.test("standard input that cannot be read, or has too much, is a declared error", async () => {
  const folder = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield new Uint8Array(3);
    throw Object.assign(new Error("Is a directory (os error 21)"), { code: "EISDIR" });
  };
  const failed = (text: string) => (thrown: unknown): boolean => {
    assert.ok(thrown instanceof CommandError && thrown.exitCode === ExitCode.failed);
    assert.equal(thrown.message, `Cannot read standard input: ${text}`);
    return true;
  };
  await assert.rejects(readAll(folder(), 10), failed("it is a folder"));
  await assert.rejects(readAll(folder(), 2), failed("it has more than 2 bytes"));
});
