import assert from "node:assert/strict";
import { countDescriptors } from "../../../../src/service/pool/descriptors.ts";

/** A system that lets a process open so many files. */
function system(limit: number, code = "EMFILE") {
  const state = { open: 0 };
  const files = {
    mayRead: () => true,
    open(): Disposable {
      if (state.open >= limit) throw Object.assign(new Error("no more"), { code });
      state.open++;
      return { [Symbol.dispose]: () => void state.open-- };
    },
  };
  return { state, files };
}

Deno.test("descriptors: what the configuration can use is compared with what the system gives", () => {
  const rows = [
    { limit: 20_000, free: 10_192, maxConnections: 10_000 },
    { limit: 10_192, free: 10_192, maxConnections: 10_000 },
    { limit: 10_191, free: 10_191, maxConnections: 9_999 },
    { limit: 1_000, free: 1_000, maxConnections: 808 },
    { limit: 192, free: 192, maxConnections: 0 },
    { limit: 60, free: 60, maxConnections: 0 },
  ];
  for (const { limit, free, maxConnections } of rows) {
    const { state, files } = system(limit);
    const room = countDescriptors(10_000, "/data", files);
    assert.deepEqual(room, { wanted: 10_192, free, maxConnections }, `${limit}`);
    assert.equal(state.open, 0, "all are given back");
  }
});

Deno.test("descriptors: nothing is counted where it may not be tried, or fails for another reason", () => {
  const { files } = system(10);
  assert.equal(countDescriptors(100, "/data", { ...files, mayRead: () => false }), undefined);
  assert.equal(countDescriptors(100, "/data", system(0, "ENOENT").files), undefined);
  const { state, files: odd } = system(5, "EIO");
  assert.equal(countDescriptors(100, "/data", odd), undefined);
  assert.equal(state.open, 0);
});

Deno.test("descriptors: the limit of a real process is found", async () => {
  const module = new URL("../../../../src/service/pool/descriptors.ts", import.meta.url).href;
  const program = `import { countDescriptors } from ${JSON.stringify(module)};
    console.log(JSON.stringify(countDescriptors(500, Deno.args[0])));`;
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(script, program);
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 300; exec "$0" "$@"', Deno.execPath(), "run", "--no-prompt"]
        .concat("--config", "deno.json", `--allow-read=${folder}`, script, folder),
      stderr: "inherit",
    }).output();
    const room = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(room.wanted, 692);
    // The process itself has a few dozen open.
    assert(room.free < 300 && room.free > 200, `${room.free}`);
    assert.equal(room.maxConnections, room.free - 192);
  } finally {
    await Deno.remove(script);
    await Deno.remove(folder);
  }
});
