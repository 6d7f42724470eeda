import { permissionFlags } from "../../config/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, CONFIG_OPTIONS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { flagOption } from "../options.ts";

/** `flags`. */
export const flags = defineCommand({
  name: "flags",
  summary: "Print the narrowest permissions that a configuration needs",
  details: `Prints the flags for "deno run" in one line, fit for a shell. With --explain, what each
permission is for.

${CONFIG_DETAILS}`,
  options: {
    ...CONFIG_OPTIONS,
    explain: flagOption("One line for each permission, with its use."),
    json: flagOption("One JSON object."),
  },
  run(options, _operands, io) {
    const { needed } = loadFromOptions(options);
    const found = permissionFlags(needed);
    if (options.json) {
      io.out(`${JSON.stringify({ flags: found, permissions: needed })}\n`);
    } else if (options.explain) {
      for (const { name, value, use, required } of needed) {
        io.out(`--allow-${name}=${value}  ${use}${required ? "" : " (in memory without it)"}\n`);
      }
    } else {
      io.out(`${found.map(shellWord).join(" ")}\n`);
    }
    return ExitCode.ok;
  },
});

/** The word as a POSIX shell reads it back. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) && !word.includes("[")
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
