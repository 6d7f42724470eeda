import assert from "node:assert/strict";
import { reasonOf } from "../../../src/base/mod.ts";

Deno.test("what the system refuses has words of its own for people, everything else its text", () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const folder = Deno.makeTempDirSync();
  const thrownBy = (run: () => unknown): unknown => {
    try {
      run();
    } catch (thrown) {
      return thrown;
    }
  };
  try {
    Deno.writeTextFileSync(`${folder}/file`, "");
    const { port } = taken.addr;
    const rows: [() => unknown, string][] = [
      [() => Deno.listen({ hostname: "127.0.0.1", port }), "another process has the port"],
      [() => Deno.mkdirSync(`${folder}/file/x`), "a part of the path is a file and no folder"],
      [() => Deno.mkdirSync(`${folder}/file`), "a file of this name is in the way"],
      [() => Deno.readFileSync(folder), "it is a folder"],
      [() => Deno.readFileSync(`${folder}/gone`), "there is no such file or folder"],
    ];
    const lookup = "failed to lookup address information: ";
    for (
      const [message, reason] of [
        [`${lookup}Name or service not known`, "no address is known for that name"],
        [
          `${lookup}nodename nor servname provided, or not known`,
          "no address is known for that name",
        ],
        [
          `${lookup}Temporary failure in name resolution`,
          "the address of that name cannot be looked up now",
        ],
        ["No such device or address (os error 6): open '/dev/tty'", "No such device or address"],
      ] as const
    ) {
      assert.equal(reasonOf(new Error(message)), reason);
    }
    for (const [run, reason] of rows) assert.equal(reasonOf(thrownBy(run)), reason);
    const named = new Deno.errors.NotCapable('Requires run access to "x", run again with …');
    assert.match(reasonOf(named), /^a permission is missing, --allow-run; the command "flags"/);
    const runtime = new Deno.errors.NotCapable("run again with the --allow-all flag");
    assert.match(reasonOf(runtime), /^a permission is missing; the command "flags" prints/);
    assert.equal(reasonOf(new Error("its own text")), "its own text");
    assert.equal(reasonOf("a text"), "a text");
  } finally {
    taken.close();
    Deno.removeSync(folder, { recursive: true });
  }
});
