/** Started by the tests as a process of its own. */
import { runDemoNode } from "../../../../src/demo/demo_node/mod.ts";

Deno.exit(await runDemoNode(Deno.args));
