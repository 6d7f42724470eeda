/**
 * What is wrong with a value by the part of JSON Schema that our documents use. A word that it does
 * not know is a fault, so that nothing passes unread.
 */
export function schemaFaults(schema: unknown, value: unknown, path = "answer"): string[] {
  const rules = schema as Readonly<Record<string, unknown>> | undefined;
  if (rules === undefined) return [`${path}: the document has no schema`];
  if (value === null && rules.nullable === true) return [];
  const faults: string[] = [];
  for (const [word, rule] of Object.entries(rules)) {
    const check = WORDS[word];
    if (check === undefined) faults.push(`${path}: unknown word ${word}`);
    else faults.push(...check(rule, value, path, rules));
  }
  return faults;
}

type Check = (
  rule: unknown,
  value: unknown,
  path: string,
  rules: Readonly<Record<string, unknown>>,
) => string[];

const WORDS: Readonly<Record<string, Check>> = {
  description: () => [],
  nullable: () => [],
  required(rule, value, path) {
    const missing = (rule as string[]).filter((name) => !(name in Object(value)));
    return missing.map((name) => `${path}.${name} is missing`);
  },
  additionalProperties(_, value, path, rules) {
    const known = Object.keys(Object(rules.properties));
    const others = Object.keys(Object(value)).filter((name) => !known.includes(name));
    return others.map((name) => `${path}.${name} is not in the document`);
  },
  properties(rule, value, path) {
    return Object.entries(rule as Record<string, unknown>).flatMap(([name, inner]) =>
      name in Object(value)
        ? schemaFaults(inner, (value as Record<string, unknown>)[name], `${path}.${name}`)
        : []
    );
  },
  items(rule, value, path) {
    return (value as unknown[]).flatMap((item, at) => schemaFaults(rule, item, `${path}[${at}]`));
  },
  enum: (rule, value, path) =>
    (rule as unknown[]).includes(value) ? [] : [`${path}: ${value} is none of the values`],
  pattern: (rule, value, path) =>
    new RegExp(rule as string).test(String(value)) ? [] : [`${path}: ${value} has another form`],
  type(rule, value, path) {
    const is = {
      object: typeof value === "object" && !Array.isArray(value),
      array: Array.isArray(value),
      integer: Number.isInteger(value),
      string: typeof value === "string",
      boolean: typeof value === "boolean",
    }[rule as string];
    return is === true ? [] : [`${path}: ${rule} expected`];
  },
};
