import { startPool } from "../../pool/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, CONFIG_OPTIONS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { adviseOptional, requirePermissions } from "../required_permissions.ts";
import { fired, stopSignal } from "../stop_signal.ts";

/** `run`. */
export const run = defineCommand({
  name: "run",
  summary: "Serve miners",
  details: `Runs until SIGINT or SIGTERM, then accepts nobody any more, finishes the shares that are
pending, saves, and ends.

${CONFIG_DETAILS}`,
  options: CONFIG_OPTIONS,
  async run(options, _operands, io) {
    const { parsed, needed } = loadFromOptions(options);
    requirePermissions(needed);
    for (const line of adviseOptional(needed)) io.err(`zcash-pool: ${line}\n`);
    using stop = stopSignal();
    const running = await startPool(parsed);
    await fired(stop.signal);
    await running.stop(String(stop.signal.reason));
    return ExitCode.ok;
  },
});
