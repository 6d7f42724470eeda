/** The command `check` against real nodes: what it says of a good one, and of each trouble. */
import assert from "node:assert/strict";
import { runCommand } from "../support/command_line.ts";
import { testWith } from "../support/requirements.ts";
import { powTestnet, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import vectors from "../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };

const GENESIS = vectors.pow_testnet_nu7_blocks[0]?.hex ?? "";
/** The node's own miner address, and another. */
const NODE_ADDRESS = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";
const POOL_ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const MAINNET_ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";

interface CheckOptions {
  readonly address?: string;
  readonly url?: string;
  readonly cookiePath?: string;
  readonly regtest?: boolean;
}

async function check(node: ZebraNode, options: CheckOptions = {}) {
  const path = `${node.directory}/pool.toml`;
  await Deno.writeTextFile(
    path,
    `[zebra]
url = "${options.url ?? node.url}"
cookie_file = "${options.cookiePath ?? node.cookiePath}"
[payout]
pool_address = "${options.address ?? POOL_ADDRESS}"
${options.regtest === true ? '[mining]\nnetwork = "regtest"' : ""}
[jd]
enabled = false
`,
  );
  return await runCommand(["check", "--config", path]);
}

testWith("zebrad", "check says of a good node all that the pool relies on", async (path) => {
  await using node = await ZebraNode.start(path, { network: regtest() });
  await untilTemplate(node);
  await node.generate(2);
  const { code, out } = await check(node);
  assert.equal(code, 0, out);
  assert.match(out, /ok +It is \/Zebra:7\.0\.0\/ with 0 peers, at height 2 of an estimated \d+\./);
  assert.match(out, /warning +It has no peers: /);
  assert.match(out, /ok +It is on a test network, as payout\.pool_address is\./);
  assert.match(out, /ok +It has no end of support, as on every test network\./);
  assert.match(
    out,
    /ok +It is synced and gives templates: height 3, 0 transactions, -?\d+ seconds/,
  );
  assert.match(out, /ok +It has long poll\./);
  assert.match(out, /ok +Its mining\.miner_address is another transparent address; the pool puts/);
  assert.match(out, /The pool can start\./);
  const own = await check(node, { regtest: true });
  assert.match(own.out, /with 0 peers, at height 2\.\n/);
  assert.doesNotMatch(own.out, /no peers|estimated|seconds old|time service/);
  const same = await check(node, { address: NODE_ADDRESS });
  assert.match(same.out, /ok +Its mining\.miner_address is the pool's address\./);
});

testWith("zebrad", "check names each fault of a real node with what to do", async (path) => {
  await using node = await ZebraNode.start(path, { network: regtest(), minerAddress: undefined });
  const wrong = `${node.directory}/wrong.cookie`;
  await Deno.writeTextFile(wrong, "__cookie__:d3Jvbmc=");
  const rows: readonly (readonly [CheckOptions, RegExp])[] = [
    [{}, /fault +The node has no usable miner address\. Set mining\.miner_address .* restart it/],
    [
      { address: MAINNET_ADDRESS },
      /fault +It is on a test network, but payout\.pool_address is of main: correct/,
    ],
    [{ cookiePath: wrong }, /fault +The node refuses the credentials .*check the cookie path/],
    [{ cookiePath: `${wrong}.not` }, /fault +.* does not exist; start the node, or set the cookie/],
    [{ url: "http://127.0.0.1:9" }, /fault +.*Start the node, or correct its address and rpc/],
  ];
  for (const [options, expected] of rows) {
    const { code, out } = await check(node, options);
    assert.equal(code, 4, out);
    assert.match(out, expected);
    assert.match(out, /No configured node can be used\./);
  }
});

testWith(
  "zebrad",
  "check tells a node without a block from one that is not synced",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: powTestnet() });
    const empty = await check(node);
    assert.equal(empty.code, 4);
    assert.match(empty.out, /fault +.*no block yet|fault +.*No blocks in state/);
    await node.rpc("submitblock", GENESIS);
    const behind = await check(node);
    assert.equal(behind.code, 4);
    assert.match(behind.out, /at height 0 of an estimated/);
    assert.match(
      behind.out,
      /fault +The node is not synced yet\. .*check its peers and its clock/,
    );
  },
);
