/** A part of JSON Schema (2020-12): the words that `docs/json-output.md` uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
}

/** Words that {@link schemaFaults} knows; with any other a schema would check less than it says. */
export const SCHEMA_WORDS: readonly string[] = [
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "enum",
  "pattern",
];

/** Where a value does not fit its schema, each as path and reason; empty when it fits. */
export function schemaFaults(schema: JsonSchema, value: unknown, path = "$"): string[] {
  if (schema.anyOf !== undefined) {
    const each = schema.anyOf.map((one) => schemaFaults(one, value, path));
    return each.some((faults) => faults.length === 0)
      ? []
      : [`${path}: fits no form`, ...each.flat()];
  }
  const types = typeof schema.type === "string" ? [schema.type] : schema.type ?? [];
  const type = typeOf(value);
  if (!types.includes(type) && !(type === "integer" && types.includes("number"))) {
    return [`${path}: ${type} instead of ${types.join(" or ")}`];
  }
  if (value === null) return [];
  const faults: string[] = [];
  if (schema.enum?.includes(value) === false) faults.push(`${path}: ${value} is not listed`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(String(value))) {
    faults.push(`${path}: ${JSON.stringify(value)} does not match ${schema.pattern}`);
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return [...faults, `${path}: no schema for items`];
    return [...faults, ...value.flatMap((one, at) => schemaFaults(items, one, `${path}[${at}]`))];
  }
  if (typeof value === "object") faults.push(...objectFaults(schema, value, path));
  return faults;
}

function objectFaults(schema: JsonSchema, value: object, path: string): string[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const faults = missing.map((name) => `${path}.${name}: missing`);
  for (const [name, inner] of Object.entries(value)) {
    const known = schema.properties?.[name] ?? schema.additionalProperties ?? true;
    if (known === false) faults.push(`${path}.${name}: not in the schema`);
    else if (known !== true) faults.push(...schemaFaults(known, inner, `${path}.${name}`));
  }
  return faults;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
