import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import {
  FileSpool,
  type FoundBlock,
  scanSpool,
  SpoolError,
} from "../../../../src/chain/blocks/mod.ts";
import { encodeSpoolRecord } from "../../../../src/chain/blocks/mod.ts";
import { concatBytes } from "../../../../src/base/mod.ts";
import { someBlock } from "./_scripted_node.ts";

function withDirectory(action: (path: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const directory = Deno.makeTempDirSync();
    try {
      await action(`${directory}/blocks.spool`);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

Deno.test(
  "what was appended and not marked done is there after opening again, oldest first",
  withDirectory(async (path) => {
    const spool = FileSpool.open({ path });
    const blocks = [1, 2, 3].map((seed) => someBlock(seed));
    for (const found of blocks) spool.append(found);
    await spool.flush();
    spool.markDone((blocks[1] as typeof blocks[0]).hash, "accepted");
    assert.deepEqual(spool.unfinished(), [blocks[0], blocks[2]]);
    spool.close();
    const again = FileSpool.open({ path });
    assert.deepEqual(again.unfinished(), [blocks[0], blocks[2]]);
    again.close();
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }),
);

Deno.test(
  "a file cut at any byte keeps every record that is whole",
  withDirectory((path) => {
    const blocks = [1, 2].map((seed) => someBlock(seed, 20));
    const records = blocks.map((found) => encodeSpoolRecord({ kind: "found", found }));
    const whole = concatBytes(...records);
    const firstLength = records[0]?.length ?? 0;
    for (let length = 0; length <= whole.length; length++) {
      const { records: read } = scanSpool(whole.subarray(0, length));
      const expected = length === whole.length ? 2 : length >= firstLength ? 1 : 0;
      assert.equal(read.length, expected, `cut at ${length}`);
    }
    Deno.writeFileSync(path, whole.subarray(0, whole.length - 1));
    const lines: string[] = [];
    const logger = { log: (_level: string, event: string) => lines.push(event) };
    const spool = FileSpool.open({ path }, { logger });
    assert.deepEqual(spool.unfinished(), [blocks[0]]);
    assert.deepEqual(lines, ["block_spool_damaged"]);
    spool.append(blocks[1] as typeof blocks[0]);
    assert.deepEqual(spool.unfinished(), blocks);
    spool.close();
  }),
);

Deno.test("one damaged byte anywhere costs at most the record it stands in", () => {
  const blocks = [1, 2, 3].map((seed) => someBlock(seed, 12));
  const whole = concatBytes(...blocks.map((found) => encodeSpoolRecord({ kind: "found", found })));
  fc.assert(fc.property(
    fc.nat(whole.length - 1),
    fc.integer({ min: 1, max: 255 }),
    (at, change) => {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      const { records } = scanSpool(damaged);
      // The three zero bytes after the kind are covered by the checksum like all others.
      assert.equal(records.length, 2, `byte ${at}`);
    },
  ));
});

Deno.test("any bytes are scanned without a crash, and records among them are found", () => {
  const record = encodeSpoolRecord({ kind: "found", found: someBlock(4) });
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    (before, after) => {
      const { records, damagedBytes } = scanSpool(concatBytes(before, record, after));
      assert.equal(records.length, 1);
      assert.equal(damagedBytes, before.length + after.length);
    },
  ));
});

Deno.test("a record is the same after writing and reading", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.nat(0xffff_ffff),
    (hash, block, minerId, height) => {
      const found = { ...someBlock(5), hash, block, minerId, height };
      const { records } = scanSpool(encodeSpoolRecord({ kind: "found", found }));
      assert.deepEqual(records[0]?.record, { kind: "found", found });
    },
  ));
});

Deno.test("a record with what the books keep is the same after writing and reading", () => {
  const zatoshis = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n });
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    zatoshis,
    zatoshis,
    (block, minerId, workerName, valueZat, feesZat) => {
      const worth = { workerName, valueZat, feesZat };
      const found = { ...someBlock(5), block, minerId, worth };
      const bytes = encodeSpoolRecord({ kind: "found", found });
      assert.deepEqual(scanSpool(bytes).records[0]?.record, { kind: "found", found });
    },
  ));
});

Deno.test("a record whose lengths point beyond it is damage, not a crash", () => {
  const found = { ...someBlock(5, 0), worth: { workerName: "", valueZat: 1n, feesZat: 0n } };
  const good = encodeSpoolRecord({ kind: "found", found });
  for (const at of [12 + 76, good.length - 4 - 2]) {
    const bytes = Uint8Array.from(good);
    const view = new DataView(bytes.buffer);
    view.setUint16(at, 0xffff, true);
    view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, -4)), true);
    assert.deepEqual(scanSpool(bytes), { records: [], damagedBytes: bytes.length });
  }
});

Deno.test(
  "finished blocks are dropped from the file when it grows over its bound, and at opening",
  withDirectory((path) => {
    const spool = FileSpool.open({ path, compactAtLength: 5_000 });
    const kept = someBlock(1, 1_000);
    spool.append(kept);
    for (let seed = 2; seed < 40; seed++) {
      const found = someBlock(seed, 1_000);
      spool.append(found);
      spool.markDone(found.hash, "accepted");
      assert.ok(Deno.statSync(path).size < 7_500, `at block ${seed}`);
    }
    assert.deepEqual(spool.unfinished(), [kept]);
    spool.markDone(kept.hash, "rejected");
    spool.close();
    FileSpool.open({ path }).close();
    assert.equal(Deno.statSync(path).size, 0);
  }),
);

Deno.test(
  "a file that cannot be made shorter, as on a full disk, is used as it is",
  withDirectory((path) => {
    const blocks = [1, 2].map((seed) => someBlock(seed)) as [FoundBlock, FoundBlock];
    const first = FileSpool.open({ path });
    for (const found of blocks) first.append(found);
    first.close();
    // Where the shorter file would be made nothing can be written.
    Deno.mkdirSync(`${path}.new`);
    const lines: string[] = [];
    const logger = { log: (level: string, event: string) => lines.push(`${level} ${event}`) };
    const spool = FileSpool.open({ path, compactAtLength: 1 }, { logger });
    assert.deepEqual(spool.unfinished(), blocks);
    spool.markDone(blocks[0].hash, "accepted");
    assert.deepEqual(spool.unfinished(), [blocks[1]]);
    spool.close();
    assert.deepEqual(lines, Array(2).fill("warn block_spool_not_compacted"));
    Deno.removeSync(`${path}.new`);
    const again = FileSpool.open({ path });
    assert.deepEqual(again.unfinished(), [blocks[1]]);
    again.close();
  }),
);

Deno.test(
  "a flush that is overtaken by a compaction, or comes after closing, is no failure",
  withDirectory(async (path) => {
    const spool = FileSpool.open({ path, compactAtLength: 1 });
    const [first, second] = [someBlock(1, 2_000), someBlock(2, 2_000)];
    spool.append(first);
    spool.append(second);
    const overtaken = spool.flush();
    spool.markDone(first.hash, "accepted");
    await overtaken;
    assert.deepEqual(spool.unfinished(), [second]);
    const last = spool.flush();
    spool.close();
    spool.close();
    await last;
    await spool.flush();
  }),
);

Deno.test(
  "two processes cannot have one spool",
  withDirectory(async (path) => {
    const spool = FileSpool.open({ path });
    const code = `
      import { FileSpool } from ${
      JSON.stringify(import.meta.resolve("../../../../src/chain/blocks/mod.ts"))
    };
      try { FileSpool.open({ path: ${JSON.stringify(path)} }); console.log("opened"); }
      catch (thrown) { console.log(thrown.name + ": " + thrown.message); }`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", "--no-lock", code],
    }).output();
    assert.match(new TextDecoder().decode(stdout), /SpoolError: .*another process has it open/);
    spool.close();
  }),
);

Deno.test(
  "a path that cannot be written is a declared error",
  withDirectory((path) => {
    assert.throws(() => FileSpool.open({ path: `${path}/no/such/directory` }), SpoolError);
    Deno.mkdirSync(path);
    assert.throws(() => FileSpool.open({ path }), SpoolError);
  }),
);

Deno.test({
  name: "without permission the spool says which one, and does not prompt",
  permissions: { read: false, write: false },
  fn() {
    assert.throws(
      () => FileSpool.open({ path: "/nowhere/blocks.spool" }),
      (thrown) => thrown instanceof SpoolError && /--allow-write/.test(thrown.message),
    );
  },
});

Deno.test(
  "a process killed right after append leaves the block, killed while appending leaves the others",
  withDirectory(async (path) => {
    const module = JSON.stringify(import.meta.resolve("../../../../src/chain/blocks/mod.ts"));
    const blocks = JSON.stringify(import.meta.resolve("./_scripted_node.ts"));
    const code = `
      import { FileSpool } from ${module};
      import { someBlock } from ${blocks};
      const spool = FileSpool.open({ path: ${JSON.stringify(path)} });
      for (let seed = 1; seed < 100000; seed++) {
        spool.append(someBlock(seed, 5000));
        Deno.stdout.writeSync(Uint8Array.of(1));
      }`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", "--no-lock", code],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    let appended = 0;
    while (appended < 50) appended += (await reader.read()).value?.length ?? 0;
    child.kill("SIGKILL");
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      appended += value.length;
    }
    await child.status;
    const spool = FileSpool.open({ path });
    const heights = spool.unfinished().map((found) => found.height);
    spool.close();
    assert.ok(heights.length >= appended, `${appended} were appended, ${heights.length} are there`);
    assert.deepEqual(heights, heights.map((_, index) => 1001 + index));
  }),
);
