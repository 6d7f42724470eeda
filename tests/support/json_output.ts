import { COMMANDS } from "../../src/cli/commands.ts";
import { type JsonSchema, schemaFaults } from "./json_schema.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/json-output.md", import.meta.url));

/** The schemas of `docs/json-output.md`, by the commands' names. */
export const OUTPUT_SCHEMAS: ReadonlyMap<string, JsonSchema> = new Map(
  PAGE.split(/^## /m).slice(1).map((section) => {
    const [name = ""] = section.split("\n", 1);
    const [, text = ""] = /^```json\n(.*?)^```$/ms.exec(section) ?? [];
    return [name, JSON.parse(text) as JsonSchema];
  }),
);

/** The name of the command in a command line; undefined when there is none. */
function commandOf(argv: readonly string[]): string | undefined {
  const line = `${argv.join(" ")} `;
  return COMMANDS.map(({ name }) => name).filter((name) => line.startsWith(`${name} `))
    .sort((a, b) => b.length - a.length)[0];
}

/** What does not fit in the output of a command line with `--json`; empty without it. */
export function outputFaults(argv: readonly string[], out: string): string[] {
  if (!argv.includes("--json") || out === "") return [];
  const name = commandOf(argv);
  const schema = OUTPUT_SCHEMAS.get(name ?? "");
  if (schema === undefined) return [`${argv.join(" ")}: no schema in docs/json-output.md`];
  return out.trimEnd().split("\n").flatMap((line) => schemaFaults(schema, JSON.parse(line), name));
}
