import manifest from "../../../deno.json" with { type: "json" };
import { defineCommand } from "../command.ts";
import { ExitCode } from "../exit_codes.ts";
import { flagOption } from "../options.ts";

/** `version`. */
export const version = defineCommand({
  name: "version",
  summary: "Show the version of the pool and of what it runs on",
  options: { json: flagOption("One JSON object.") },
  run({ json }, _operands, io) {
    const versions = {
      version: manifest.version,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      typescript: Deno.version.typescript,
    };
    io.out(
      json
        ? `${JSON.stringify(versions)}\n`
        : `zcash-pool ${versions.version} (deno ${versions.deno}, v8 ${versions.v8})\n`,
    );
    return ExitCode.ok;
  },
});
