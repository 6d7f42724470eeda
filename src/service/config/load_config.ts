import { reasonOf } from "../../base/mod.ts";
import { readBoundedFile } from "./bounded_file.ts";
import { ConfigError, type ConfigWarning, MissingPermission } from "./faults.ts";
import { decidesPermission } from "./needed_permissions.ts";
import { parseConfig, type ParsedConfig, type Setting } from "./parse_config.ts";
import { mayRead } from "./permissions.ts";
import { ENVIRONMENT_FLAG, environmentIsGranted, grantedEnvironment } from "./read_environment.ts";

/** Where a configuration is loaded from. */
export interface LoadOptions {
  /** The TOML file; without one the settings, the environment and the defaults serve. */
  readonly configFile?: string;
  readonly settings?: readonly Setting[];
  /**
   * True when only the names of the files with secrets are wanted: they need not exist, and what
   * they hold is missing in the configuration. A file is read all the same when its content decides
   * what has to be permitted.
   */
  readonly withoutSecrets?: boolean;
}

/** A configuration of this machine. */
export interface LoadedConfig extends ParsedConfig {
  /** False when the environment could not be looked at; then there is a warning of it. */
  readonly environmentSeen: boolean;
}

/**
 * Loads a configuration from this machine: file, environment as far as it was granted, settings.
 * Never prompts for a permission: what is missing is a fault that names the flag.
 *
 * @throws {ConfigError} with every fault that was found.
 */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const { configFile, settings = [], withoutSecrets = false } = options;
  const parsed = parseConfig(
    configFile === undefined ? "" : readConfigFile(configFile),
    grantedEnvironment(),
    {
      ...(configFile === undefined ? {} : { fileName: configFile }),
      settings,
      readSecretFile: (path, key) =>
        withoutSecrets && !decidesPermission(key)
          ? undefined
          : readSmallFile(path, SECRET_FILE_LENGTH_MAX),
    },
  );
  if (environmentIsGranted()) return { ...parsed, environmentSeen: true };
  return {
    ...parsed,
    environmentSeen: false,
    warnings: [...parsed.warnings, ENVIRONMENT_UNSEEN],
  };
}

/** Who sets a variable and is not told that it has no effect looks for the fault elsewhere. */
export const ENVIRONMENT_UNSEEN: ConfigWarning = {
  paths: [],
  message: "Settings in environment variables, POOL__SECTION__KEY, are not looked at: " +
    `the permission is missing, add ${ENVIRONMENT_FLAG}`,
};

/** As for the text itself: a longer file is another file. */
const CONFIG_FILE_LENGTH_MAX = 256 * 1024;

/** A key or a password with its newline. */
const SECRET_FILE_LENGTH_MAX = 4096;

function readConfigFile(path: string): string {
  try {
    return readSmallFile(path, CONFIG_FILE_LENGTH_MAX);
  } catch (thrown) {
    throw new ConfigError([{
      path,
      reason: reasonOf(thrown),
      allowed: "a TOML file that can be read",
      ...(thrown instanceof MissingPermission ? { missingFlag: thrown.flag } : {}),
    }]);
  }
}

function readSmallFile(path: string, lengthMax: number): string {
  if (!mayRead(path)) throw new MissingPermission(`--allow-read=${path}`);
  const bytes = readBoundedFile(path, lengthMax);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new Error("it is not UTF-8 text", { cause: thrown });
  }
}
