import type { Config } from "./config_type.ts";
import { DECLARED_KEYS, environmentName, propertyOf, SECTION_DOCS } from "./declared_keys.ts";
import { ConfigError, type ConfigFault, type ConfigWarning } from "./faults.ts";
import { type Given, showGiven } from "./given.ts";
import { PAYOUT_ADVICE } from "./payout_rules.ts";
import { readEnvironment } from "./read_environment.ts";
import { readToml, unknownKey } from "./read_toml.ts";
import { type ReadSecretFile, type Resolved, resolveValues } from "./resolve.ts";
import { RULES } from "./rules.ts";

/** One setting of the command line. */
export interface Setting {
  /** `section.key`. */
  readonly path: string;
  readonly text: string;
  /** The option as people wrote it: `--zebra-url`. */
  readonly label: string;
}

/** What a configuration is made of besides the file and the environment. */
export interface ParseOptions {
  /** How messages call the TOML text; "configuration file" when left out. */
  readonly fileName?: string;
  /** Settings of the command line; they win over everything else. */
  readonly settings?: readonly Setting[];
  /** Reads the file of a `…_file` key; without it those keys are faults. */
  readonly readSecretFile?: ReadSecretFile;
}

/** A configuration that can be used. */
export interface ParsedConfig {
  /** Deeply frozen. */
  readonly config: Config;
  readonly warnings: readonly ConfigWarning[];
  /** What was given and not left to its default, `section.key`. */
  readonly explicit: ReadonlySet<string>;
  /** The environment variables whose values count, in the order of their keys. */
  readonly environment: readonly string[];
  /** Files from which secrets were read. */
  readonly secretFiles: readonly string[];
}

/**
 * Reads and checks a configuration. The command line wins over the environment, that over the
 * file, that over the defaults.
 *
 * @param tomlText the file's text; empty when there is no file.
 * @param environment variables by name; only `POOL__SECTION__KEY` are looked at.
 * @throws {ConfigError} with every fault that was found.
 */
export function parseConfig(
  tomlText: string,
  environment: Readonly<Record<string, string>> = {},
  options: ParseOptions = {},
): ParsedConfig {
  const fromFile = readToml(tomlText, options.fileName ?? "configuration file");
  if (!fromFile.readable) throw new ConfigError(fromFile.faults);
  const fromEnvironment = readEnvironment(environment);
  const fromSettings = readSettings(options.settings ?? []);
  const faults = [...fromFile.faults, ...fromEnvironment.faults, ...fromSettings.faults];
  const given = [...fromFile.given, ...fromEnvironment.given, ...fromSettings.given];

  const resolved = resolveValues(given, options.readSecretFile);
  faults.push(...resolved.faults);

  const config = assemble(resolved.values);
  faults.push(...ruleFaults(config, resolved.values));
  if (faults.length > 0) throw new ConfigError(faults);
  const explicit = new Set(
    [...resolved.values].flatMap(([path, value]) => value.given ? [path] : []),
  );
  const advice = PAYOUT_ADVICE.flatMap((each) => each(config, explicit) ?? []);
  return {
    config,
    warnings: advice,
    explicit,
    environment: [...resolved.values.values()].flatMap(({ given }) =>
      given?.source === "environment" ? [given.label] : []
    ),
    secretFiles: resolved.secretFiles,
  };
}

function readSettings(settings: readonly Setting[]): { given: Given[]; faults: ConfigFault[] } {
  const given: Given[] = [];
  const faults: ConfigFault[] = [];
  for (const { path, text, label } of settings) {
    const declared = DECLARED_KEYS.get(path)?.declared;
    const setting: Given = { path, source: "command line", label, raw: { text } };
    if (declared === undefined) {
      faults.push(unknownKey(path, label));
    } else if (declared.type.secret === true) {
      faults.push({
        path,
        source: label,
        given: showGiven(setting, true),
        reason: "everyone on the machine can read a command line",
        allowed: `${path} in the file, ${path}_file, or ${environmentName(path)}`,
      });
    } else {
      given.push(setting);
    }
  }
  return { given, faults };
}

/**
 * Puts the values into their sections. A key with a fault is absent: {@link ruleFaults} does not
 * look at it, and the configuration is not given out.
 */
function assemble(values: ReadonlyMap<string, Resolved>): Config {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const section of SECTION_DOCS.keys()) sections[section] = {};
  for (const [path, { value }] of values) {
    const placed = DECLARED_KEYS.get(path);
    if (placed?.declared.role !== "key") continue;
    (sections[placed.section] ??= {})[propertyOf(placed.name, placed.declared)] = value;
  }
  for (const section of Object.values(sections)) Object.freeze(section);
  // The declaration is both what is walked here and what the type is inferred from.
  return Object.freeze(sections) as unknown as Config;
}

function ruleFaults(
  config: Config,
  values: ReadonlyMap<string, Resolved>,
): ConfigFault[] {
  return RULES.filter((rule) => rule.keys.every((key) => values.has(key))).flatMap((rule) => {
    const fault = rule.check(config);
    const [path = ""] = rule.keys;
    return fault === undefined ? [] : [placedFault(fault, path, values.get(path)?.given)];
  });
}

/** The fault at the key that was written, with what was written there: a rule knows only the value. */
function placedFault(
  fault: Omit<ConfigFault, "path">,
  path: string,
  given: Given | undefined,
): ConfigFault {
  const declared = given && DECLARED_KEYS.get(given.path)?.declared;
  if (given === undefined || declared === undefined) return { path, ...fault };
  const shown = {
    path: given.path,
    source: given.label,
    given: showGiven(given, declared.type.secret === true),
    ...fault,
  };
  if (declared.role === "key" || declared.form === "value") return shown;
  const reason = fault.reason === undefined ? "" : `: ${fault.reason}`;
  return { ...shown, reason: `the file's content is not allowed${reason}` };
}
