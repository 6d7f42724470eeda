import { type Logger, reasonOf } from "../../base/mod.ts";
import { startPool } from "../../service/pool/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, CONFIG_OPTIONS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { watchFaults } from "../fault_watch.ts";
import { hangupSignal } from "../hangup_signal.ts";
import { adviseOptional, requirePermissions } from "../required_permissions.ts";
import { fired, stopSignal } from "../stop_signal.ts";

/** `run`. */
export const run = defineCommand({
  name: "run",
  summary: "Serve miners",
  details: `Runs until SIGINT or SIGTERM, then accepts nobody any more, finishes the shares that are
pending, saves, and ends. SIGHUP opens the log file again, for programs that rotate logs.

${CONFIG_DETAILS}`,
  options: CONFIG_OPTIONS,
  async run(options, _operands, io) {
    const { parsed, needed } = loadFromOptions(options);
    requirePermissions(needed);
    for (const line of adviseOptional(needed)) io.err(`zcash-pool: ${line}\n`);
    using stop = stopSignal({ hangup: false });
    using hangup = hangupSignal(() => stop.stop("SIGHUP"));
    using faults = watchFaults(() => stop.stop("a fault of this program"));
    const running = await startPool(parsed);
    announceEnvironment(parsed.environment, running.logger);
    hangup.listen(() => running.reopenLog());
    await fired(stop.signal);
    const fault = faults.first;
    if (fault === undefined) {
      await running.stop(String(stop.signal.reason));
      return ExitCode.ok;
    }
    running.logger.log("error", "program_fault", reasonOf(fault.reason));
    // What the fault has broken may not end well; the fault is what is told.
    await running.stop(String(stop.signal.reason)).catch(() => {});
    throw fault.reason;
  },
});

/** A variable that was left behind, or is not there, is found by what the log names. */
function announceEnvironment(names: readonly string[], logger: Logger): void {
  if (names.length === 0) return;
  const message = "settings were taken from environment variables";
  logger.log("info", "settings_from_environment", message, { names: names.join(", ") });
}
