import { defineCommand } from "../command.ts";
import { runDemo } from "../demo/demo.ts";
import { ownPermission } from "../launch.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption, durationOption, flagOption, textOption } from "../options.ts";
import { stopSignal } from "../stop_signal.ts";

/** Each miner has a solver thread of its own with 150 MB. */
const MINERS_MAX = 16;

/** `demo`. */
export const demo = defineCommand({
  name: "demo",
  summary: "Show a pool at work: a node, the pool and a miner, all on this machine",
  details: `Starts an embedded node with a chain of its own, the pool, and a CPU miner that connects
over TCP as a stranger would. Nothing leaves this machine and nothing is kept.
Ends with Ctrl-C.`,
  options: {
    "for": durationOption("End by itself after this time, counted from the start."),
    "miners": countOption(
      { min: 1, max: MINERS_MAX, preset: 1 },
      "Miners, each with one CPU thread.",
    ),
    "seed": textOption("TEXT", "The same demo chain and nonces each time."),
    "metrics-port": countOption(
      { min: 0, max: 65_535, preset: 0 },
      "Port of metrics and status; 0 picks a free one.",
    ),
    "plain": flagOption("Connect without Noise."),
    "v1": flagOption("The miners speak Stratum V1."),
    "both": flagOption("Miners of Stratum V2 and V1 in turn, on one port; two where not said."),
    "payouts": flagOption(
      "Blocks pay the miners in their own coinbases, and mature in a few blocks.",
    ),
    "data-dir": textOption("DIR", "With --payouts: where the ledger is kept; what pays is a file."),
    "json": flagOption("One JSON object a line instead of words."),
  },
  // The demo's node is a process of its own.
  needs: ({ "data-dir": folder }) => [
    ownPermission("net", "127.0.0.1"),
    ownPermission("run", Deno.execPath()),
    ...folder === undefined ? [] : [ownPermission("read", folder), ownPermission("write", folder)],
  ],
  async run(options, _operands, io) {
    if (options.payouts !== (options["data-dir"] !== undefined)) {
      throw new UsageError("--payouts and --data-dir DIR belong together");
    }
    using stop = stopSignal();
    await runDemo(
      {
        miners: options.both ? Math.max(2, options.miners) : options.miners,
        protocols: options.both ? "both" : options.v1 ? "v1" : "v2",
        metricsPort: options["metrics-port"],
        plain: options.plain,
        json: options.json,
        ...(options["data-dir"] === undefined ? {} : { payingFolder: options["data-dir"] }),
        ...(options.for === undefined ? {} : { forMs: options.for }),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      },
      (line) => {
        if (!io.out(`${line}\n`)) stop.stop("nobody reads the output");
      },
      stop.signal,
    );
    return ExitCode.ok;
  },
});
