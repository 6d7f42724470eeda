import { type NeededPermission, permissionFlags } from "../service/config/mod.ts";
import type { ReadArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTIONS, loadFromOptions } from "./config_options.ts";
import type { OptionValues } from "./options.ts";

/**
 * The flags of `deno run` that a command needs with these arguments, and nothing more: those of its
 * configuration and those of its own.
 *
 * @throws {ConfigError} with every fault of the configuration.
 */
export function launchFlags(command: Command, { values, operands }: ReadArguments): string[] {
  const found = takesConfiguration(command)
    // Each value was read by the option of the same name.
    ? loadFromOptions(values as OptionValues<typeof CONFIG_OPTIONS>, { withoutSecrets: true })
    : undefined;
  const own = command.needs?.(values, operands, found?.parsed) ?? [];
  return permissionFlags([...found?.needed ?? [], ...own]);
}

/** A permission that the command line itself makes necessary. */
export function ownPermission(name: NeededPermission["name"], value: string): NeededPermission {
  return { name, value, use: "do what the command line says", required: true };
}

function takesConfiguration({ options }: Command): boolean {
  return Object.keys(CONFIG_OPTIONS).every((name) => Object.hasOwn(options, name));
}

/** What the process is told by; a terminal tells the processes on it by itself. */
const PASSED_ON = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const BY_TERMINAL: readonly Deno.Signal[] = ["SIGINT", "SIGHUP"];

/**
 * Starts this program again with the permissions given, passes signals on, and waits for its end.
 *
 * @returns its exit code.
 */
export async function launch(flags: readonly string[], argv: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, Deno.mainModule, ...argv],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const terminal = Deno.stdin.isTerminal();
  const listeners = PASSED_ON.map((name) => {
    const pass = (): void => {
      // A second one would end the pool at once.
      if (terminal && BY_TERMINAL.includes(name)) return;
      try {
        child.kill(name);
      } catch {
        // It has ended already, which the status tells.
      }
    };
    Deno.addSignalListener(name, pass);
    return () => Deno.removeSignalListener(name, pass);
  });
  try {
    return (await child.status).code;
  } finally {
    for (const remove of listeners) remove();
  }
}
