import {
  ENVIRONMENT_UNSEEN,
  permissionFlags,
  type PermissionUse,
} from "../../service/config/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, CONFIG_OPTIONS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { flagOption } from "../options.ts";

/** `flags`. */
export const flags = defineCommand({
  name: "flags",
  summary: "Print the narrowest permissions that a configuration needs",
  details:
    `Prints the flags for "deno run" in one line, fit for $(...) in a shell. Keep it in a file first,
so that nothing is started when this command fails: flags ... > FILE && deno run $(cat FILE) ...
With --explain, what each permission is for. To know them it reads the configuration, and of files
that hold secrets only that of database.url_file; the others need not exist yet.

A path with a space or a quotation mark in it comes in quotes, which $(...) does not take off: give
the whole command to eval then.

${CONFIG_DETAILS}`,
  options: {
    ...CONFIG_OPTIONS,
    explain: flagOption("One line for each permission, with its use."),
    json: flagOption("One JSON object."),
  },
  run(options, _operands, io) {
    const { parsed, needed } = loadFromOptions(options, { withoutSecrets: true });
    // Of all warnings the one that changes what is printed here.
    if (!parsed.environmentSeen) io.err(`zcash-pool: ${ENVIRONMENT_UNSEEN.message}\n`);
    const found = permissionFlags(needed);
    if (options.json) {
      io.out(`${JSON.stringify({ flags: found, permissions: needed })}\n`);
    } else if (options.explain) {
      for (const { name, value, use, required } of needed) {
        io.out(`--allow-${name}=${value}  ${use}${required ? "" : ` (${withoutIt(use)})`}\n`);
      }
    } else {
      io.out(`${found.map(shellWord).join(" ")}\n`);
    }
    return ExitCode.ok;
  },
});

/** What becomes of a use that is not permitted and that the pool can do without. */
function withoutIt(use: PermissionUse): string {
  return use === "read settings in the environment"
    ? "not looked at without it"
    : "in memory without it";
}

/**
 * The word as a POSIX shell reads it back, and within $(...) as well, where quotation marks stay.
 * Brackets and the asterisk stand as they are: no file has a name that such a pattern would find.
 */
function shellWord(word: string): string {
  return /^[\w@%+=:,./[\]*-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
