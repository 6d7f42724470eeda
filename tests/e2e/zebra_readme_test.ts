/** The node configurations of README.md (Mainnet) and docs/operations.md (Testnet) start a real zebrad, and `check` finds its way to it. */
import assert from "node:assert/strict";
import { runCommand } from "../support/command_line.ts";
import { testWith } from "../support/requirements.ts";
import { ZebraNode } from "../support/zebra.ts";

const NETWORKS = [
  { name: "Mainnet", address: "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs" },
  { name: "Testnet", address: "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma" },
] as const;

/** The pages' block for a network, its places and address made this machine's, without peers. */
function configuration(pages: string, network: (typeof NETWORKS)[number], directory: string) {
  const block = [...pages.matchAll(/```toml\n([\s\S]*?)```/g)]
    .map(([, text = ""]) => text)
    .find((text) => text.includes(`network = "${network.name}"`));
  assert.ok(block !== undefined, network.name);
  return block
    .replace(/t[1m]YourPoolPayoutAddress/, network.address)
    .replace("/var/lib/zebra", `${directory}/cookie`)
    .replaceAll(/listen_addr = "[^"]+"/g, 'listen_addr = "127.0.0.1:0"')
    .replace(
      /^network = .*$/m,
      "$&\ncache_dir = false\ninitial_mainnet_peers = []\ninitial_testnet_peers = []",
    ) + "\n[state]\nephemeral = true\n\n[tracing]\nuse_color = false\n";
}

testWith(
  "zebrad",
  "zebrad starts with the documented configurations, and check reaches it",
  async (path) => {
    const pages = ["README.md", "docs/operations.md"]
      .map((page) => Deno.readTextFileSync(new URL(`../../${page}`, import.meta.url)));
    for (const network of NETWORKS) {
      await using node = await ZebraNode.start(path, {
        network: "",
        configuration: (directory) => configuration(pages.join("\n"), network, directory),
      });
      const pool = `${node.directory}/pool.toml`;
      await Deno.writeTextFile(
        pool,
        `[zebra]\nurl = "${node.url}"\ncookie_file = "${node.cookiePath}"\n` +
          `[payout]\npool_address = "${network.address}"\n[jd]\nenabled = false\n`,
      );
      const { code, out } = await runCommand(["check", "--config", pool]);
      // It has no peers here, so the last thing that it can say is that it has no block.
      assert.equal(code, 4, out);
      assert.match(out, /fault +The node has no block yet\. Wait until it has found peers/);
    }
  },
);
