import { reasonOf } from "../../base/mod.ts";
import { runDemoNode } from "../../demo/demo_node/mod.ts";
import type { Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { ownPermission } from "../launch.ts";
import { flagOption, textOption } from "../options.ts";

const VALUE_OPTIONS = [
  ["port", "N", "Port on 127.0.0.1; a free one unless given."],
  ["control-port", "N", "Opens the control interface of tests on this port."],
  ["cookie-dir", "DIR", "Where the cookie file goes; without it nobody needs a password."],
  ["miner-address", "ADDRESS", "Transparent Testnet address that templates pay."],
  ["extra-coinbase-data", "TEXT", "Text for the coinbases of templates."],
  ["pow-limit", "HEX", "The easiest target, 64 digits, most significant first."],
  ["spacing", "SECONDS", "Seconds between blocks that the difficulty aims at."],
  ["seed", "TEXT", "The same chain each time."],
  ["transaction-interval-ms", "N", "How often a transaction arrives; 0 for none."],
] as const;

/**
 * `demo-node`. The room reads its arguments itself, because its process is also started by the demo
 * and by tests; here they are declared for the help and handed on as they came.
 */
export const demoNode: Command = {
  name: "demo-node",
  summary: "Run the demo's node alone: Zebra's RPC on loopback, with a chain of its own",
  details: `Prints one line of JSON with its address and runs until it is asked to end.`,
  options: {
    ...Object.fromEntries(
      VALUE_OPTIONS.map(([name, placeholder, doc]) => [name, textOption(placeholder, doc)]),
    ),
    "stop-with-stdin": flagOption("End when standard input is closed."),
  },
  needs: () => [ownPermission("net", "127.0.0.1")],
  async execute(values) {
    const args = VALUE_OPTIONS.flatMap(([name]) => {
      const text = values[name];
      return typeof text === "string" ? [`--${name}`, text] : [];
    });
    if (values["stop-with-stdin"] === true) args.push("--stop-with-stdin");
    try {
      return await runDemoNode(args) === 0 ? ExitCode.ok : ExitCode.failed;
    } catch (thrown) {
      if (thrown instanceof TypeError || thrown instanceof RangeError) {
        throw new UsageError(reasonOf(thrown));
      }
      if (thrown instanceof Deno.errors.AddrInUse) {
        throw new CommandError(
          ExitCode.failed,
          "Cannot open the demo's node: another process has the port, take another one",
          { cause: thrown },
        );
      }
      throw thrown;
    }
  },
};
