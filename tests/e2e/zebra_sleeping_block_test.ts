/** A found block whose node is away for longer than the block is tried: it goes out when it is back. */
import assert from "node:assert/strict";
import { LivePool } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { isLongForm } from "./_long_form.ts";

/** Each block is tried once a second for a minute, and then sleeps for as long. */
const TRIED_MS = 90_000;

/** What a block may take that is woken; one that sleeps takes up to a minute. */
const WOKEN_MS = 15_000;

// A minute and a half for one block: in the long form only.
if (isLongForm()) {
  testWith(
    "zebrad",
    "a found block that sleeps is on the chain as soon as its node is usable",
    async (path) => {
      await using node = await ZebraNode.start(path, { network: regtest(), persistent: true });
      await untilTemplate(node);
      await using pool = await LivePool.start({ nodes: [node.url], cookiePath: node.cookiePath });
      await pool.events.next("work", ({ kind }) => kind === "work", 30_000);
      await node.signal("SIGKILL");
      {
        await using _miner = pool.connect({ solver: "cpu, one a nonce" });
        await pool.events.next("found block", ({ kind }) => kind === "block_found", 110_000);
      }
      const isUnknown = ({ event }: { event: string }) => event === "block_unknown";
      await pool.log.next("a block that sleeps", isUnknown, TRIED_MS);
      await node.restart();
      await pool.log.next("a usable node", ({ event }) => event === "node_usable", 60_000);
      const since = performance.now();
      const accepted = ({ event }: { event: string }) => event === "block_accepted";
      await pool.log.next("an accepted block", accepted, WOKEN_MS);
      assert(performance.now() - since < WOKEN_MS);
    },
  );
}
