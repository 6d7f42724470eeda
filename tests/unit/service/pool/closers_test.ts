import assert from "node:assert/strict";
import { Closers } from "../../../../src/service/pool/closers.ts";

Deno.test("what was opened last is closed first, each once, also behind one that fails", async () => {
  const closed: string[] = [];
  const opened = new Closers();
  for (const name of ["ground", "walls", "roof"]) {
    assert.equal(
      opened.keep(name, (name) => {
        closed.push(name);
        if (name !== "ground") throw new Error(name);
      }),
      name,
    );
  }
  await assert.rejects(opened.closeAll(), { message: "roof" });
  await assert.rejects(opened.closeAll(), { message: "roof" });
  assert.deepEqual(closed, ["roof", "walls", "ground"]);
});
