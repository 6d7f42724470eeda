import assert from "node:assert/strict";
import { createLogger, type LoggerOptions } from "../../../../src/platform/observability/mod.ts";
import { LogFileError } from "../../../../src/platform/observability/log_file.ts";
import { LogFile } from "../../../../src/platform/observability/log_file.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function setUp(options: Partial<LoggerOptions> = {}) {
  const output = { text: "" };
  const clock = new FakeClock(1_795_400_000_000);
  const logger = createLogger({ level: "info", format: "json", ...options }, {
    clock,
    output: (bytes) => {
      output.text += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
  });
  return { logger, output, clock };
}

const eventsOf = (text: string): string[] =>
  text.trim().split("\n").map((line) => JSON.parse(line).event);

Deno.test("logger: lines below the level are left out, and the level may change", async () => {
  const { logger, output } = setUp({ level: "warn" });
  logger.log("info", "a", "not shown");
  logger.log("warn", "b", "shown");
  logger.level = "debug";
  logger.log("debug", "c", "shown");
  await logger.close();
  assert.deepEqual(eventsOf(output.text), ["b", "c"]);
});

Deno.test("logger: with a file every line goes to both, appended to what is there", () =>
  withDirectory(async (directory) => {
    const file = `${directory}/pool.log`;
    await Deno.writeTextFile(file, '{"event":"before"}\n');
    // Of the test's own day, or it would be rotated.
    await Deno.utime(file, 1_795_400_000, 1_795_400_000);
    const { logger, output } = setUp({ file });
    logger.log("info", "started", "started");
    await logger.close();
    assert.deepEqual(eventsOf(output.text), ["started"]);
    assert.deepEqual(eventsOf(await Deno.readTextFile(file)), ["before", "started"]);
  }));

Deno.test("logger: after a rotation it goes on in the new file", () =>
  withDirectory(async (directory) => {
    const file = `${directory}/pool.log`;
    const { logger } = setUp({ file });
    logger.log("info", "one", "");
    await logger.flush();
    await Deno.rename(file, `${file}.1`);
    logger.reopen();
    logger.log("info", "two", "");
    await logger.close();
    assert.deepEqual(eventsOf(await Deno.readTextFile(`${file}.1`)), ["one"]);
    assert.deepEqual(eventsOf(await Deno.readTextFile(file)), ["log_file_reopened", "two"]);
  }));

Deno.test("logger: no line is lost by rotations while lines are written", () =>
  withDirectory(async (directory) => {
    const file = `${directory}/pool.log`;
    const { logger } = setUp({ file });
    const message = "x".repeat(1_000);
    for (let rotation = 0; rotation < 20; rotation++) {
      for (let n = 0; n < 100; n++) logger.log("info", "line", message);
      // The write has begun, and not ended.
      await Promise.resolve();
      await Promise.resolve();
      Deno.renameSync(file, `${file}.${rotation}`);
      logger.reopen();
      await settle();
    }
    await logger.close();
    assert.equal(logger.lost, 0);
    const texts = [...Deno.readDirSync(directory)]
      .map(({ name }) => Deno.readTextFileSync(`${directory}/${name}`));
    const events = eventsOf(texts.join(""));
    assert.equal(events.filter((event) => event === "line").length, 2_000);
    assert.equal(events.filter((event) => event === "log_file_reopened").length, 20);
  }));

Deno.test("logger: without a file there is nothing to open again, which is said", async () => {
  const { logger, output } = setUp();
  logger.reopen();
  await logger.close();
  assert.deepEqual(eventsOf(output.text), ["log_file_not_set"]);
});

Deno.test("logger: a file that cannot be reopened is said, and the former one is kept", () =>
  withDirectory(async (directory) => {
    const file = `${directory}/logs/pool.log`;
    await Deno.mkdir(`${directory}/logs`);
    const { logger, output } = setUp({ file });
    await Deno.rename(`${directory}/logs`, `${directory}/moved`);
    logger.reopen();
    logger.log("info", "on", "");
    await logger.close();
    assert.deepEqual(eventsOf(output.text), ["log_file_not_reopened", "on"]);
    const kept = await Deno.readTextFile(`${directory}/moved/pool.log`);
    assert.deepEqual(eventsOf(kept), ["log_file_not_reopened", "on"]);
  }));

Deno.test({
  name: "logger: a full disk stops neither the service nor the other output",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { logger, output } = setUp({ file: "/dev/full" });
    logger.log("info", "one", "");
    await logger.flush();
    logger.log("info", "two", "");
    await logger.flush();
    await logger.close();
    assert.deepEqual(eventsOf(output.text), ["one", "log_file_failed", "two"]);
    assert.equal(logger.lost, 2);
  },
});

Deno.test("logger: a warning that strangers cause endlessly is written now and then, with the number of the rest", async () => {
  const { logger, output, clock } = setUp();
  for (let n = 0; n < 1_000; n++) logger.log("warn", "handshake_failed", "");
  logger.log("error", "block_rejected", "other events are not held back");
  await clock.advance(10_000);
  logger.log("warn", "handshake_failed", "");
  for (let n = 0; n < 60; n++) logger.log("warn", "handshake_failed", "");
  await logger.close();
  const lines = output.text.trim().split("\n").map((line) => JSON.parse(line));
  const events = Map.groupBy(lines, ({ event }) => event);
  assert.equal(events.get("handshake_failed")?.length, 100);
  assert.equal(events.get("block_rejected")?.length, 1);
  const leftOut = events.get("log_repeats_left_out")?.map(({ of, count }) => [of, count]);
  assert.deepEqual(leftOut, [["handshake_failed", 950], ["handshake_failed", 11]]);
});

Deno.test("logger: lines that the operator asks for are never held back", async () => {
  const { logger, output } = setUp();
  for (let n = 0; n < 1_000; n++) logger.log("info", "share_accepted", "");
  await logger.close();
  assert.equal(eventsOf(output.text).length, 1_000);
});

Deno.test("logger: a file that cannot be opened is a fault at the start", () =>
  withDirectory((directory) => {
    assert.throws(
      () => setUp({ file: `${directory}/no/pool.log` }),
      (error: unknown) => error instanceof LogFileError && /no\/pool\.log/.test(error.message),
    );
    return Promise.resolve();
  }));

Deno.test("logger: without permission it names the flag and does not ask", async () => {
  const source = new URL("../../../../src/platform/observability/logger.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const program = `import { createLogger } from ${JSON.stringify(source)};
    const after = (ms, run) => clearTimeout.bind(null, setTimeout(run, ms));
    const clock = { now: () => 0, monotonic: () => 0, after };
    const logger = createLogger({ level: "info", format: "json" }, { clock });
    logger.log("info", "works", "without a file");
    await logger.close();
    try { createLogger({ level: "info", format: "json", file: "/x/pool.log" }, { clock }); }
    catch (error) { console.log(error.code, error.message); }`;
  await new Blob([program]).stream().pipeTo(child.stdin);
  const { stdout } = await child.output();
  assert.equal(
    new TextDecoder().decode(stdout),
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"works",' +
      '"message":"without a file"}\n' +
      "log-file Cannot write the log file /x/pool.log: the runtime was not allowed to; " +
      "start with --allow-write=/x/pool.log\n",
  );
});

Deno.test("logger: an output that takes nothing holds the end up for a second, no longer", async () => {
  const clock = new FakeClock(1_795_400_000_000);
  const logger = createLogger({ level: "info", format: "json" }, {
    clock,
    output: () => new Promise(() => {}),
  });
  logger.log("info", "started", "started");
  let closed = false;
  const closing = logger.close().then(() => closed = true);
  await clock.advance(999);
  assert.equal(closed, false);
  await clock.advance(1);
  await closing;
});

Deno.test("logger: a miner's IP address is left out unless the operator wants it", async () => {
  for (const minerIps of [false, true]) {
    const { logger, output } = setUp({ minerIps });
    logger.log("warn", "connections_refused", "full", { reason: "full", miner_ip: "192.0.2.7" });
    await logger.close();
    assert.equal(output.text.includes("192.0.2.7"), minerIps, output.text);
    assert(output.text.includes('"reason":"full"'));
  }
});

const FIRST_DAY = "2026-11-23";

Deno.test("logger: the file is rotated when a day is over, kept so many days and no longer", () =>
  withDirectory(async (directory) => {
    const file = `${directory}/pool.log`;
    await Deno.writeTextFile(`${file}.2026-11-20`, "old");
    await Deno.writeTextFile(`${file}.2026-11-21.1`, "kept");
    await Deno.writeTextFile(`${file}.notes`, "somebody else's");
    const { logger, clock } = setUp({ file, retentionDays: 2 });
    const names = () => [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    const log = async (event: string) => {
      logger.log("info", event, "");
      await logger.flush();
    };
    assert.deepEqual(names(), ["pool.log", "pool.log.2026-11-21.1", "pool.log.notes"]);
    await log("first");
    await clock.advance(86_400_000);
    await log("second");
    await log("third");
    assert.deepEqual(names(), ["pool.log", `pool.log.${FIRST_DAY}`, "pool.log.notes"]);
    assert.deepEqual(eventsOf(await Deno.readTextFile(`${file}.${FIRST_DAY}`)), ["first"]);
    assert.deepEqual(eventsOf(await Deno.readTextFile(file)), ["second", "third"]);
    await clock.advance(3 * 86_400_000);
    await log("fourth");
    assert.deepEqual(names(), ["pool.log", "pool.log.notes"]);
    await logger.close();
  }));

Deno.test("log file: it is rotated by size too, and never over a file that is there", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/pool.log`;
    const clock = new FakeClock(1_795_400_000_000);
    const faults: string[] = [];
    const failed = (reason: string) => void faults.push(reason);
    const file = new LogFile({ path, retentionDays: 1, sizeMax: 4 }, { clock, failed });
    for (const text of ["aaaa", "bbbb", "c"]) await file.write(new TextEncoder().encode(text));
    file.close();
    const read = (name: string) => Deno.readTextFileSync(`${directory}/${name}`);
    assert.equal(read("pool.log"), "c");
    assert.equal(read(`pool.log.${FIRST_DAY}`), "aaaa");
    assert.equal(read(`pool.log.${FIRST_DAY}.1`), "bbbb");
    assert.deepEqual(faults, []);
  }));

Deno.test("log file: what something else has rotated is not moved once more", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/pool.log`;
    const clock = new FakeClock(1_795_400_000_000);
    const file = new LogFile({ path, retentionDays: 5 }, { clock, failed: assert.fail });
    const write = (text: string) => file.write(new TextEncoder().encode(text));
    await write("a");
    await Deno.rename(path, `${path}.1`);
    await Deno.writeTextFile(path, "another's ");
    await clock.advance(86_400_000);
    await write("b");
    file.close();
    assert.equal(Deno.readTextFileSync(`${path}.1`), "a");
    assert.equal(Deno.readTextFileSync(path), "another's b");
  }));

Deno.test("log file: a rotation that fails is reported once a day, and lines go on", () =>
  withDirectory(async (directory) => {
    const folder = `${directory}/logs`;
    await Deno.mkdir(folder);
    const clock = new FakeClock(1_795_400_000_000);
    const faults: string[] = [];
    const options = { path: `${folder}/pool.log`, retentionDays: 5 };
    const file = new LogFile(options, { clock, failed: (reason) => void faults.push(reason) });
    const write = (text: string) => file.write(new TextEncoder().encode(text));
    await write("a");
    await Deno.rename(folder, `${directory}/moved`);
    await clock.advance(86_400_000);
    await write("b");
    await write("c");
    file.close();
    assert.equal(faults.length, 1);
    assert.equal(Deno.readTextFileSync(`${directory}/moved/pool.log`), "abc");
  }));
