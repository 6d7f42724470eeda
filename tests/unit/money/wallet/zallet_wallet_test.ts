import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import { zalletClient, ZalletWallet } from "../../../../src/money/wallet/mod.ts";
import { FakeChain } from "../../../support/fake_chain.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { httpAnswer, rpcAnswer, ScriptedHttp } from "../../../support/scripted_http.ts";
import { TWIN_ACCOUNT, TWIN_ADDRESS, ZalletTwin } from "../../../support/zallet_twin.ts";

const NO_CREDENTIALS = { kind: "none" } as const;

async function withTwin(
  work: (wallet: ZalletWallet, twin: ZalletTwin) => Promise<void>,
  account = TWIN_ACCOUNT,
): Promise<void> {
  const twin = new ZalletTwin(new FakeChain(100), { pczt: true });
  await twin.start();
  try {
    const credentials = { kind: "password", user: "pool", password: "secret" } as const;
    const rpc = zalletClient({ url: twin.url, credentials }, { clock: new FakeClock() });
    await work(new ZalletWallet({ account }, { rpc }), twin);
  } finally {
    await twin.close();
  }
}

Deno.test("what the wallet can do is asked, and decides how payments are made", async () => {
  await withTwin(async (wallet, twin) => {
    assert.equal((await wallet.probe()).method, "pczt");
    twin.methodsHidden = ["pczt_extract"];
    assert.equal((await wallet.probe()).method, "z_sendmany");
    twin.methodsHidden = ["pczt_extract", "z_getoperationstatus"];
    assert.equal((await wallet.probe()).method, undefined);
    twin.methodsHidden = ["rpc.discover"];
    assert.deepEqual(await wallet.probe(), {
      ...{ method: "pczt", sendMany: true, shieldCoinbase: true, listTransactions: true },
    });
  });
});

Deno.test("the paying account is found by its id or an address, and missed by name", async () => {
  await withTwin(async (wallet) => {
    assert.equal((await wallet.spendable()).ironwood, 100_000_000_000n);
  }, TWIN_ADDRESS);
  await withTwin(async (wallet) => {
    await assert.rejects(wallet.spendable(), /has no account an unknown one/);
  }, "an unknown one");
});

Deno.test("only a JSON-RPC error proves that nothing was created", async () => {
  await withTwin(async (wallet, twin) => {
    const request = {
      recipients: [{ address: saplingAddress(1), amountZat: 123_456_789n, memo: "hello" }],
      policy: "FullPrivacy",
    } as const;
    for (const how of ["reset", "http500", "garbage"] as const) {
      twin.fail("z_sendmany", { when: "before", how });
      assert.equal((await wallet.send(request)).kind, "unknown", how);
    }
    twin.fail("z_sendmany", { when: "before", how: { code: -18, message: "back up first" } });
    assert.deepEqual(await wallet.send(request), {
      kind: "refused",
      reason: "The wallet refuses z_sendmany: back up first (-18)",
      recipientAtFault: false,
    });
    twin.refusedAddresses.set(saplingAddress(1), -8);
    const refused = await wallet.send(request);
    assert.equal(refused.kind === "refused" && refused.recipientAtFault, true);
    // On the other path nothing is sent, so that every failure is harmless.
    twin.fail("pczt_create", { when: "after", how: "reset" });
    assert.equal((await wallet.build(request)).kind, "refused");
    twin.refusedAddresses.clear();
    twin.fail("pczt_extract", { when: "after", how: "reset" });
    assert.equal((await wallet.build(request)).kind, "failed");
  });
});

Deno.test("an operation that failed is believed by its code, never by its text", async () => {
  const statuses: readonly [unknown, string][] = [
    [{ status: "queued" }, "running"],
    [{ status: "executing" }, "running"],
    [{ status: "success", result: { txids: ["ab".repeat(32)], broadcast: true } }, "sent"],
    [{ status: "success", result: { txid: "ab".repeat(32) } }, "sent"],
    [
      { status: "success", result: { txids: ["ab".repeat(32)], broadcast: false } },
      "not_broadcast",
    ],
    [{ status: "failed", error: { code: -6, message: "no funds" } }, "refused"],
    [{ status: "failed", error: { code: -8, message: "bad" } }, "refused"],
    [{ status: "failed", error: { code: -4, message: "Failed to propose transaction" } }, "failed"],
    [
      {
        status: "failed",
        error: { code: -8, message: "SendTransaction: Transaction commit failed: x" },
      },
      "failed",
    ],
    [{ status: "failed" }, "failed"],
    [{ status: "cancelled", error: { code: -6, message: "no funds" } }, "failed"],
  ];
  for (const [fields, kind] of statuses) {
    await using server = new ScriptedHttp((exchange) =>
      exchange.write(rpcAnswer(exchange, { result: [{ id: "opid-1", ...Object(fields) }] }))
    );
    const rpc = zalletClient({ url: server.url, credentials: NO_CREDENTIALS });
    const wallet = new ZalletWallet({ account: "a" }, { rpc });
    assert.equal((await wallet.operation("opid-1")).kind, kind, JSON.stringify(fields));
    assert.equal((await wallet.operation("opid-2")).kind, "missing");
  }
});

Deno.test("nonsense of the wallet is a declared error and never a fact", async () => {
  const results: readonly unknown[] = [
    ...[null, 5, "text", [], [{}], {}, [{ id: 5 }], [{ id: "opid-1" }]],
    [{ id: "opid-1", status: "perhaps" }],
    [{ id: "opid-1", status: "success" }],
    [{ id: "opid-1", status: "success", result: {} }],
    [{ id: "opid-1", status: "success", result: { txids: [] } }],
    [{ id: "opid-1", status: "success", result: { txids: ["zz"] } }],
    { accounts: [{ account_uuid: "a", ironwood: { spendable: { valueZat: 1.5 } } }] },
    { accounts: [{ account_uuid: "a", ironwood: { spendable: { valueZat: 2 ** 60 } } }] },
    { node_tip: { height: "high", blockhash: "ab".repeat(32) } },
  ];
  for (const result of results) {
    await using server = new ScriptedHttp((exchange) =>
      exchange.write(rpcAnswer(exchange, {
        result: exchange.body.includes("z_listaccounts")
          ? [{ account_uuid: "a", addresses: [{ sapling: TWIN_ADDRESS }] }]
          : result,
      }))
    );
    const rpc = zalletClient({ url: server.url, credentials: NO_CREDENTIALS });
    const wallet = new ZalletWallet({ account: "a" }, { rpc });
    await assert.rejects(wallet.status(), RpcError);
    if (Array.isArray(result) && result.length === 0) {
      assert.equal((await wallet.operation("opid-1")).kind, "missing");
    } else await assert.rejects(wallet.operation("opid-1"), RpcError, JSON.stringify(result));
    if (!Array.isArray(Object(result).accounts)) continue;
    await assert.rejects(wallet.spendable(), RpcError);
  }
});

Deno.test("a cookie is read again when the wallet has restarted with a new one", async () => {
  const path = await Deno.makeTempFile({ prefix: "zcash-pool-cookie-" });
  const twin = new ZalletTwin(new FakeChain(100), { pczt: true });
  await twin.start();
  try {
    await Deno.writeTextFile(path, "pool:secret\n");
    const rpc = zalletClient({ url: twin.url, credentials: { kind: "cookie", path } });
    const wallet = new ZalletWallet({ account: TWIN_ACCOUNT }, { rpc });
    assert.equal((await wallet.status()).nodeHeight, 100);
    twin.password = "another";
    await assert.rejects(wallet.status(), { kind: "unauthorized" });
    await Deno.writeTextFile(path, "pool:another\n");
    assert.equal((await wallet.status()).nodeHeight, 100);
    await Deno.writeTextFile(path, "no pair of words");
    twin.password = "a third";
    await assert.rejects(wallet.status(), /does not hold one line/);
  } finally {
    await twin.close();
    await Deno.remove(path);
  }
});

Deno.test("a call says whether the other side can have heard it", async () => {
  const clock = new FakeClock();
  const free = new ScriptedHttp(() => {});
  const { url } = free;
  await free[Symbol.asyncDispose]();
  const nobody = zalletClient({ url, credentials: NO_CREDENTIALS }, { clock });
  await assert.rejects(nobody.call("x", [], 1_000), { kind: "unreachable" });

  const held = Promise.withResolvers<void>();
  await using silent = new ScriptedHttp(async () => await held.promise);
  const rpc = zalletClient({ url: silent.url, credentials: NO_CREDENTIALS }, { clock });
  const calling = rpc.call("z_sendmany", [transparentAddress(1)], 1_000);
  const failed = assert.rejects(calling, { kind: "timeout" });
  await silent.received(1);
  await clock.advance(1_000);
  await failed;
  held.resolve();
  await settle();
  assert.equal(silent.requests, 1, "it is never sent twice");

  const bodies = ['{"jsonrpc":"2.0","id":77,"error":{"code":-8,"message":"x"}}', "[]", "", "{}"];
  for (const body of bodies) {
    await using odd = new ScriptedHttp((exchange) => exchange.write(httpAnswer(body)));
    const client = zalletClient({ url: odd.url, credentials: NO_CREDENTIALS }, { clock });
    await assert.rejects(client.call("x", [], 1_000), { kind: "malformed" }, body);
  }
});
