import { DECLARED_KEYS, environmentName } from "./declared_keys.ts";
import { guessedVariables } from "./environment_guesses.ts";
import type { ConfigFault } from "./faults.ts";
import type { Given } from "./given.ts";
import { suggest } from "./suggest.ts";

/** What every variable of this program starts with. */
export const ENVIRONMENT_PREFIX = "POOL__";

/** The flag of `deno run` that lets this program see its own variables and no other ones. */
export const ENVIRONMENT_FLAG = `--allow-env=${ENVIRONMENT_PREFIX}*`;

/** The settings among environment variables; others than `POOL__…` are none of ours. */
export function readEnvironment(
  environment: Readonly<Record<string, string>>,
): { given: Given[]; faults: ConfigFault[] } {
  const pathByName = new Map(
    [...DECLARED_KEYS.keys()].map((path) => [environmentName(path), path]),
  );
  const guesses = guessedVariables();
  const given: Given[] = [];
  const faults: ConfigFault[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX)) continue;
    const path = pathByName.get(name);
    if (path !== undefined) {
      given.push({ path, source: "environment", label: name, raw: { text } });
      continue;
    }
    const near = guesses.get(name) ?? suggest(name, [...pathByName.keys()]);
    faults.push({
      path: name,
      source: "environment",
      reason: `no key belongs to this variable${
        near === undefined ? "" : `, did you mean ${near}?`
      }`,
      allowed: "POOL__SECTION__KEY with a section and a key of the configuration",
    });
  }
  return { given, faults };
}

/** True when every name of the environment is seen, and not only those that are asked for. */
export function isEnvironmentListed(): boolean {
  return Deno.permissions.querySync({ name: "env" }).state === "granted";
}

/** True when any variable of this program may be read without asking anybody. */
export function environmentIsGranted(): boolean {
  // Of variables that were granted by name, whoever named them knows.
  return [...DECLARED_KEYS.keys()].some((path) =>
    Deno.permissions.querySync({ name: "env", variable: environmentName(path) }).state === "granted"
  );
}

/**
 * The variables that may be read without asking anybody: all that start with `POOL__` when the
 * whole environment may be read, else the declared ones, and names near them, that were granted by
 * a pattern or one by one.
 */
export function grantedEnvironment(): Record<string, string> {
  const granted = (descriptor: Deno.EnvPermissionDescriptor): boolean =>
    Deno.permissions.querySync(descriptor).state === "granted";
  if (isEnvironmentListed()) {
    const all = Object.entries(Deno.env.toObject());
    return Object.fromEntries(all.filter(([name]) => name.startsWith(ENVIRONMENT_PREFIX)));
  }
  const found: Record<string, string> = {};
  const declared = [...DECLARED_KEYS.keys()].map(environmentName);
  for (const variable of [...declared, ...guessedVariables().keys()]) {
    const value = granted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
    if (value !== undefined) found[variable] = value;
  }
  return found;
}
