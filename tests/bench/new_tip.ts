/**
 * How long from a foreign block to the template event, against a real zebrad (Regtest)? Long poll
 * and poll apart, 50 blocks each; the group "pool" has both ways and the wait for a full template.
 *
 *     deno run -A tests/bench/new_tip.ts
 *
 * @module
 */
import { measureNewTips, summary } from "../e2e/_new_tip.ts";
import { findProgram, HOW_TO_GET } from "../support/requirements.ts";
import { regtest, ZebraNode } from "../support/zebra.ts";

const BLOCKS = 50;
const path = findProgram("zebrad");
if (path === undefined) {
  console.error(`zebrad was not found: ${HOW_TO_GET.zebrad}`);
  Deno.exit(1);
}
await using node = await ZebraNode.start(path, { network: regtest() });
for (const way of ["long poll", "poll", "pool"] as const) {
  console.log(summary(await measureNewTips(node, way, BLOCKS)));
}
