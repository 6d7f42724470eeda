import { BasicAuthorization } from "../../../../src/platform/rpc/credentials.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";

/** What a cookie at the path is refused with. */
async function refusalOf(path: string): Promise<string> {
  try {
    const header = await new BasicAuthorization("node", { kind: "cookie", path }).header();
    return `taken as ${header}`;
  } catch (thrown) {
    assert.ok(thrown instanceof RpcError && thrown.kind === "unauthorized");
    return thrown.message;
  }
}

Deno.test("what is no cookie is refused at once, also a pipe, a device and a very long file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/.cookie`;
    assert.match(await refusalOf(path), /does not exist/);
    for (
      const text of ["", "\n", "user", ":", "user:", "a b:c", "user:päss", "u:p\nu:p", "\0:\0"]
    ) {
      await Deno.writeTextFile(path, text);
      assert.match(await refusalOf(path), /does not hold one line "user:password"$/, text);
    }
    await Deno.writeTextFile(path, `user:${"p".repeat(5_000_000)}`);
    assert.match(await refusalOf(path), /does not hold one line/);
    await Deno.remove(path);
    const made = await new Deno.Command("mkfifo", { args: [path] }).output();
    if (made.success) assert.match(await refusalOf(path), /it is no file$/);
    assert.match(await refusalOf("/dev/zero"), /it is no file$/);
    assert.match(await refusalOf(folder), /it is no file$/);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "__cookie__:dGVzdA==\n");
    assert.match(await refusalOf(path), /^taken as Basic /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
