import { strict as assert } from "node:assert";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { OUTPUT_SCHEMAS } from "../../support/json_output.ts";
import { type JsonSchema, SCHEMA_WORDS, schemaFaults } from "../../support/json_schema.ts";

Deno.test("every command with --json has a schema, and no other", () => {
  const withJson = COMMANDS.filter(({ options }) => "json" in options).map(({ name }) => name);
  assert.deepEqual([...OUTPUT_SCHEMAS.keys()].sort(), withJson.sort());
});

Deno.test("schemas keep the style: snake_case, zatoshis as text, nothing that is not named", () => {
  for (const [name, schema] of OUTPUT_SCHEMAS) assert.deepEqual(styleFaults(name, schema), []);
});

Deno.test("a value that does not fit its schema is found", () => {
  const pool = OUTPUT_SCHEMAS.get("accounts add") ?? {};
  assert.deepEqual(schemaFaults(pool, { name: "mia", address: "t1" }), []);
  assert.deepEqual(schemaFaults(pool, { name: 1, more: 2 }), [
    "$.address: missing",
    "$.name: integer instead of string",
    "$.more: not in the schema",
  ]);
  const lines = OUTPUT_SCHEMAS.get("ledger export") ?? {};
  assert.notDeepEqual(schemaFaults(lines, { amount_zat: 5 }), []);
  const demo = OUTPUT_SCHEMAS.get("demo") ?? {};
  assert.match(schemaFaults(demo, { event: "no such" })[0] ?? "", /fits no form/);
});

function styleFaults(path: string, schema: JsonSchema): string[] {
  const faults = Object.keys(schema).filter((word) => !SCHEMA_WORDS.includes(word))
    .map((word) => `${path}: the tests do not know ${word}`);
  const isObject = schema.type === "object" || schema.type?.includes("object");
  if (isObject && schema.additionalProperties === undefined) faults.push(`${path}: open object`);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) faults.push(`${path}.${name}: not snake_case`);
    if (name.endsWith("_zat") && inner.pattern === undefined) {
      faults.push(`${path}.${name}: no text of zatoshis`);
    }
    faults.push(...styleFaults(`${path}.${name}`, inner));
  }
  if (schema.items !== undefined) faults.push(...styleFaults(`${path}[]`, schema.items));
  return [...faults, ...(schema.anyOf ?? []).flatMap((one) => styleFaults(path, one))];
}
