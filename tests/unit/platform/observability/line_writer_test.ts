import assert from "node:assert/strict";
import { LineWriter } from "../../../../src/platform/observability/line_writer.ts";
import { settle } from "../../../support/fake_clock.ts";

/** A target that can be held up and can fail. */
class Target {
  written = "";
  writes = 0;
  fails = false;
  #held: Promise<void> | undefined;
  #release = (): void => {};

  hold(): void {
    this.#held = new Promise((resolve) => this.#release = resolve);
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  write = async (bytes: Uint8Array): Promise<void> => {
    await this.#held;
    if (this.fails) throw new Error("No space left on device");
    this.writes++;
    this.written += new TextDecoder().decode(bytes);
  };
}

function setUp() {
  const target = new Target();
  const said: string[] = [];
  const writer = new LineWriter(target.write, {
    failed: (error) => said.push(`failed: ${(error as Error).message}`),
    recovered: (lost) => said.push(`lost: ${lost}`),
  });
  return { target, said, writer };
}

Deno.test("line writer: lines of one turn go out together and in order", async () => {
  const { target, writer } = setUp();
  for (let n = 0; n < 100; n++) writer.push(`${n}\n`);
  assert.equal(target.writes, 0);
  await writer.flush();
  assert.equal(target.writes, 1);
  assert.equal(target.written, Array.from({ length: 100 }, (_, n) => `${n}\n`).join(""));
});

Deno.test("line writer: a reader that stalls costs lines, not memory, and they are counted", async () => {
  const { target, writer, said } = setUp();
  target.hold();
  const line = `${"x".repeat(1023)}\n`;
  for (let n = 0; n < 10_000; n++) writer.push(line);
  await settle();
  for (let n = 0; n < 10_000; n++) writer.push(line);
  assert(writer.lost > 15_000, `${writer.lost} lines lost`);
  target.release();
  await writer.flush();
  assert.equal(target.written.length / 1024, 20_000 - writer.lost);
  assert.deepEqual(said, [`lost: ${writer.lost}`]);
});

Deno.test("line writer: a full disk is said once, and the number of lost lines when it has room", async () => {
  const { target, writer, said } = setUp();
  target.fails = true;
  for (let n = 0; n < 5; n++) {
    writer.push(`${n}\n`);
    await writer.flush();
  }
  assert.deepEqual(said, ["failed: No space left on device"]);
  assert.equal(writer.lost, 5);
  target.fails = false;
  writer.push("again\n");
  await writer.flush();
  assert.equal(target.written, "again\n");
  assert.deepEqual(said, ["failed: No space left on device", "lost: 5"]);
});
