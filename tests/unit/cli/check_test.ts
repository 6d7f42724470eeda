import assert from "node:assert/strict";
import { silentLogger } from "../../../src/base/mod.ts";
import {
  type HttpServer,
  jsonReply,
  serveHttp,
  textReply,
} from "../../../src/platform/http/mod.ts";
import { ExitCode } from "../../../src/cli/mod.ts";
import { startDemoNode } from "../../../src/demo/demo_node/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const MAINNET_ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";

Deno.test("check says of a node that can be used what the pool relies on", async () => {
  await inFolder(async (folder) => {
    const node = await startDemoNode({ cookieDir: folder, minerAddress: ADDRESS });
    try {
      const argv = ["check", "--zebra-url", node.url, "--zebra-cookie", node.cookiePath ?? ""];
      const { code, out, err } = await runCommand([...argv, "--pool-address", ADDRESS]);
      assert.deepEqual([code, err], [ExitCode.ok, ""], out);
      const expected = [
        /^ {2}ok +The configuration has no faults\.$/m,
        /^ {2}warning +Balances accrue and nobody is paid/m,
        /^ {2}warning +Miners' connections are not encrypted/m,
        /^ {2}ok +It is \/Zebra.* at height [0-9]+ of an estimated [0-9]+\.$/m,
        /^ {2}ok +It is on a test network, as payout\.pool_address is\.$/m,
        /^ {2}ok +It is synced and gives templates: height [0-9]+, [0-9]+ transactions, -?[0-9]+ seconds old\.$/m,
        /^ {2}ok +It has long poll\.$/m,
        /^ {2}ok +Its mining\.miner_address is the pool's address\.$/m,
        /^The pool can start\.$/m,
      ];
      for (const line of expected) assert.match(out, line);

      const other = await runCommand([...argv, "--pool-address", MAINNET_ADDRESS]);
      assert.equal(other.code, ExitCode.node);
      assert.match(
        other.out,
        /fault +It is on a test network, but payout\.pool_address is of main/,
      );
    } finally {
      await node.close();
    }
  });
});

Deno.test("check ends with 4 when no node answers, with 0 when one of two does", async () => {
  const node = await startDemoNode({ minerAddress: ADDRESS });
  const { url } = node;
  const argv = ["check", "--json", "--pool-address", ADDRESS];
  try {
    // Port 1 is privileged and nobody's; the connection is refused at once.
    const both = [...argv, "--zebra-url", "http://127.0.0.1:1", "--zebra-url", url];
    const { code, out } = await runCommand(both);
    assert.equal(code, ExitCode.ok);
    const report = JSON.parse(out);
    assert.equal(report.usable, true);
    assert.deepEqual(
      report.nodes.map((each: { findings: { level: string }[] }) => each.findings[0]?.level),
      ["fault", "ok"],
    );
  } finally {
    await node.close();
  }
  const gone = await runCommand([...argv, "--zebra-url", url]);
  assert.equal(gone.code, ExitCode.node);
  assert.equal(JSON.parse(gone.out).usable, false);
});

Deno.test("check says what a node's refusal of the cookie means", async () => {
  await inFolder(async (folder) => {
    const node = await startDemoNode({ cookieDir: folder });
    try {
      const argv = ["check", "--zebra-url", node.url, "--pool-address", ADDRESS];
      const { code, out } = await runCommand(argv);
      assert.equal(code, ExitCode.node);
      assert.match(out, /fault +.*cookie/);
    } finally {
      await node.close();
    }
  });
});

Deno.test("check with a faulty configuration asks no node and ends with 3", async () => {
  const { code, out, err } = await runCommand(["check", "--zebra-url", "nowhere"]);
  assert.deepEqual([code, out], [ExitCode.config, ""]);
  assert.equal(err.trimEnd().split("\n").length, 2, err);
});

Deno.test("check tries the ports, the data directory and the files with secrets", async () => {
  await using free = statusServer({});
  const address = `127.0.0.1:${free.port}`;
  await free.close();
  await inFolder(async (folder) => {
    const secret = `${folder}/noise.key`;
    await Deno.writeTextFile(secret, "5a".repeat(32), { mode: 0o644 });
    const argv = [
      "check",
      "--pool-address",
      ADDRESS,
      "--zebra-url",
      "http://127.0.0.1:1",
      "--listen",
      "127.0.0.1:0",
      "--set",
      "server.jd_listen_addr=127.0.0.1:0",
      "--metrics-listen",
      address,
      "--set",
      `security.noise_private_key_file=${secret}`,
      "--set",
      "security.noise_enabled=true",
      "--data-dir",
    ];
    const first = await runCommand([...argv, `${folder}/data`]);
    assert.equal(first.code, ExitCode.node, first.out);
    assert.match(first.out, /^ {2}ok +server\.listen_addr, 127\.0\.0\.1:0, is free\.$/m);
    assert.match(first.out, /^ {2}ok +metrics\.listen_addr, .*, is free\.$/m);
    assert.match(first.out, /^ {2}ok +server\.data_dir, .*, can be written\.$/m);
    assert.match(first.out, /^ {2}warning +.*noise\.key holds a secret .*chmod 600 /m);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["noise.key"]);

    await Deno.chmod(secret, 0o600);
    const second = await runCommand([...argv, `${secret}/data`]);
    assert.equal(second.code, ExitCode.config);
    assert.match(
      second.out,
      /^ {2}fault +server\.data_dir, .*, cannot be used: a part of the path/m,
    );
    assert.match(second.out, /^The pool cannot start on this machine\.$/m);
    assert.doesNotMatch(second.out, /chmod/);
  });
});

Deno.test("check promises what run refuses: a port that somebody else has is a fault, and this pool's own is none", async () => {
  await inFolder(async (folder) => {
    const own = { listen_addr: "", pool_address: ADDRESS };
    await using metrics = statusServer(own);
    const miners = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const address = `127.0.0.1:${miners.addr.port}`;
      const check = (...argv: string[]) =>
        runCommand([
          ...["check", "--pool-address", ADDRESS, "--zebra-url", "http://127.0.0.1:1"],
          ...["--data-dir", folder, "--listen", address],
          ...["--set", "server.jd_listen_addr=127.0.0.1:0"],
          ...["--metrics-listen", `127.0.0.1:${metrics.port}`, ...argv],
        ]);
      own.listen_addr = address;
      const running = await check();
      assert.equal(running.code, ExitCode.node, running.out);
      const served = /^ {2}ok +(server|metrics)\.listen_addr, .* by this configuration's pool/gm;
      assert.equal(running.out.match(served)?.length, 2, running.out);

      for (const other of [{ listen_addr: "127.0.0.1:1" }, { pool_address: MAINNET_ADDRESS }]) {
        Object.assign(own, { listen_addr: address, pool_address: ADDRESS }, other);
        const { code, out } = await check();
        assert.equal(code, ExitCode.config, out);
        assert.match(out, /^ {2}fault +server\.listen_addr, .*, is taken by another program/m);
        assert.match(out, /^ {2}fault +metrics\.listen_addr, .*, is taken by another program/m);
      }

      const unasked = await check("--set", "metrics.enabled=false");
      assert.equal(unasked.code, ExitCode.node, unasked.out);
      assert.match(unasked.out, /^ {2}warning +server\.listen_addr, .* needs metrics\.enabled/m);
    } finally {
      miners.close();
    }
  });
});

/** A pool's status as check sees it; what it shows may change. */
function statusServer(status: object): HttpServer & AsyncDisposable {
  const server = serveHttp({
    hostname: "127.0.0.1",
    port: 0,
    connectionsMax: 8,
    bodyLengthMax: 0,
    requestTimeoutMs: 5_000,
  }, {
    routes: [{
      method: "GET",
      path: "/status",
      access: "anyone",
      handle: () => jsonReply(200, status),
    }],
    refusals: { notFound: "Not found.", reply: (code, _, text) => textReply(code, text) },
    logger: silentLogger,
  });
  const close = (): Promise<void> => server.close();
  return { hostname: server.hostname, port: server.port, close, [Symbol.asyncDispose]: close };
}

Deno.test({
  name: "check says what it could not try for want of permissions",
  permissions: { net: ["127.0.0.1:1"] },
  async fn() {
    const argv = ["check", "--pool-address", ADDRESS, "--zebra-url", "http://127.0.0.1:1"];
    const { code, out } = await runCommand(argv);
    assert.equal(code, ExitCode.node);
    assert.match(
      out,
      /warning +.*server\.listen_addr.* was not tried: add --allow-net=0\.0\.0\.0:3333/,
    );
    assert.match(out, /warning +.*server\.data_dir.*add --allow-read=data --allow-write=data/);
    assert.match(out, /warning +.*environment.*add --allow-env=POOL__\*/);
  },
});

Deno.test("check tries the log file and the database, and leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/some.log`, "as it was\n");
    const check = (...argv: string[]) =>
      runCommand([
        ...["check", "--pool-address", ADDRESS, "--zebra-url", "http://127.0.0.1:1"],
        ...["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"],
        ...["--set", "server.jd_listen_addr=127.0.0.1:0"],
        ...["--data-dir", `${folder}/a/b/data`, ...argv.flatMap((each) => ["--set", each])],
      ]);
    for (const log of ["some.log", "new.log"]) {
      const fine = await check(
        `logging.file=${folder}/${log}`,
        `database.path=${folder}/c/d/records`,
      );
      assert.equal(fine.code, ExitCode.node, fine.out);
      assert.match(
        fine.out,
        new RegExp(`^ {2}ok +logging\\.file, .*${log}, can be written\\.$`, "m"),
      );
      assert.match(fine.out, /^ {2}ok +database\.path, .*records, can be written\.$/m);
    }
    const rows: [string, RegExp][] = [
      [`logging.file=${folder}/no/such/log`, /fault +logging\.file, .*no such file or folder/],
      [`logging.file=${folder}`, /fault +logging\.file, .*it is a folder/],
      [`database.path=${folder}`, /fault +database\.path, .*it is a folder/],
      [
        `database.path=${folder}/some.log/x`,
        /fault +database\.path, .*a file of this name is in the way/,
      ],
    ];
    for (const [setting, expected] of rows) {
      const { code, out } = await check(setting);
      assert.equal(code, ExitCode.config, setting);
      assert.match(out, expected, setting);
      assert.match(out, /^The pool cannot start on this machine\.$/m);
    }
    assert.equal(await Deno.readTextFile(`${folder}/some.log`), "as it was\n");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["some.log"]);
  });
});

Deno.test("check connects to a PostgreSQL database, and does not show its password", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/url`, "postgres://pool:c0ffee@127.0.0.1:1/pool\n");
    const { code, out, err } = await runCommand([
      ...["check", "--pool-address", ADDRESS, "--zebra-url", "http://127.0.0.1:1"],
      ...["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"],
      ...["--data-dir", `${folder}/data`, "--set", `database.url_file=${folder}/url`],
    ]);
    assert.equal(code, ExitCode.config);
    assert.match(out, /fault +database\.url: Cannot use the database 127\.0\.0\.1:1\/pool: /);
    assert.doesNotMatch(out + err, /c0ffee/);
  });
});
