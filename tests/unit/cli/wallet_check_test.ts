import { RpcError } from "../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { checkWallet } from "../../../src/cli/wallet_check.ts";
import { startDemoNode } from "../../../src/demo/demo_node/mod.ts";
import { zalletClient, ZalletWallet } from "../../../src/money/wallet/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";
import { FakeChain } from "../../support/fake_chain.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { ScriptedHttp } from "../../support/scripted_http.ts";
import { TWIN_ACCOUNT, ZalletTwin } from "../../support/zallet_twin.ts";

const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";

const ADVICE = "See to the wallet and [wallet]; until then balances grow.";

function walletAt(url: string, account = TWIN_ACCOUNT): ZalletWallet {
  const credentials = { kind: "password", user: "pool", password: "secret" } as const;
  const rpc = zalletClient({ url, credentials }, { clock: new FakeClock() });
  return new ZalletWallet({ account }, { rpc });
}

async function withTwin(
  work: (twin: ZalletTwin, chain: FakeChain, look: () => Promise<string[]>) => Promise<void>,
): Promise<void> {
  const chain = new FakeChain(100);
  const twin = new ZalletTwin(chain, { pczt: true });
  await twin.start();
  const look = async (): Promise<string[]> => {
    const modules = { wallet: walletAt(twin.url), chain, clock: new FakeClock() };
    return (await checkWallet(modules)).map(({ level, text }) => `${level} ${text}`);
  };
  try {
    await work(twin, chain, look);
  } finally {
    await twin.close();
  }
}

Deno.test("a wallet is said to be usable, or not in the words of the engine", async () => {
  await withTwin(async (twin, chain, look) => {
    assert.deepEqual(await look(), [
      "ok It can be paid from by pczt: it has scanned up to height 100 and can spend 1000.00000000 ZEC.",
    ]);
    twin.locked = true;
    assert.deepEqual(await look(), [`fault Payments are stopped: the wallet is locked. ${ADVICE}`]);
    twin.locked = false;
    twin.lag = 50;
    assert.deepEqual(await look(), [
      `fault Payments are stopped: the wallet has scanned up to 50 of 100. ${ADVICE}`,
    ]);
    chain.failure = new RpcError("node", "unreachable", "Cannot reach the node");
    assert.deepEqual(await look(), [
      "ok It can be reached.",
      "warning Whether it is on our node's chain was not compared: Cannot reach the node. " +
      "Mend the node first.",
    ]);
    twin.password = "another";
    assert.match((await look()).join(), /^fault Payments are stopped: .* refuses the credentials/);
  });
});

Deno.test("a wallet that hangs holds a check up for 20 seconds", async () => {
  await using server = new ScriptedHttp(({ closedByClient }) => closedByClient);
  const clock = new FakeClock();
  const checking = checkWallet({ wallet: walletAt(server.url), chain: new FakeChain(1), clock });
  await server.received(1);
  await clock.advance(20_000);
  assert.deepEqual(await checking, [
    {
      level: "fault",
      text: `Payments are stopped: the wallet does not answer within 20 seconds. ${ADVICE}`,
    },
  ]);
});

async function withConfiguration(
  walletUrl: string,
  body: (argv: string[]) => Promise<void>,
): Promise<void> {
  const node = await startDemoNode({ minerAddress: ADDRESS });
  try {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(
        `${folder}/pool.toml`,
        `[server]\nlisten_addr = "127.0.0.1:0"\njd_listen_addr = "127.0.0.1:0"\ndata_dir = "${folder}/data"\n` +
          `[zebra]\nurl = "${node.url}"\n` +
          `[payout]\npool_address = "${ADDRESS}"\nwallet = "zallet"\n` +
          `[wallet]\nurl = "${walletUrl}"\naccount = "${TWIN_ACCOUNT}"\n` +
          'user = "pool"\npassword = "secret"\n[metrics]\nlisten_addr = "127.0.0.1:0"\n',
      );
      await body(["check", "--config", `${folder}/pool.toml`]);
    });
  } finally {
    await node.close();
  }
}

Deno.test("check asks the wallet, and ends with 1 when nothing can be paid from it", async () => {
  // Port 1 is privileged and nobody's; the connection is refused at once.
  await withConfiguration("http://127.0.0.1:1", async (argv) => {
    const { code, out } = await runCommand(argv);
    assert.match(out, /^wallet\n {2}fault +Payments are stopped: Cannot talk to the wallet: /m);
    assert.match(out, /^The pool can start, but the wallet cannot send payments\.$/m);
    assert.equal(code, ExitCode.failed);
    const report = JSON.parse((await runCommand([...argv, "--json"])).out);
    assert.deepEqual([report.usable, report.startable, report.payable], [true, true, false]);
    assert.equal(report.wallet[0].level, "fault");
  });
  await withTwin(async (twin) => {
    await withConfiguration(twin.url, async (argv) => {
      const { code, out } = await runCommand(argv);
      // Its node has nothing to do with the one of this pool.
      assert.match(out, /fault +Payments are stopped: the wallet's node is on another chain/);
      assert.equal(code, ExitCode.failed);
    });
  });
});
