import { reasonOf } from "../base/mod.ts";
import { ConfigError } from "./faults.ts";
import { parseConfig, type ParsedConfig, type Setting } from "./parse_config.ts";
import { mayRead } from "./permissions.ts";
import { grantedEnvironment } from "./read_environment.ts";

/** Where a configuration is loaded from. */
export interface LoadOptions {
  /** The TOML file; without one the settings, the environment and the defaults serve. */
  readonly configFile?: string;
  readonly settings?: readonly Setting[];
}

/**
 * Loads a configuration from this machine: file, environment as far as it was granted, settings.
 * Never prompts for a permission: what is missing is a fault that names the flag.
 *
 * @throws {ConfigError} with every fault that was found.
 */
export function loadConfig(options: LoadOptions = {}): ParsedConfig {
  const { configFile, settings = [] } = options;
  return parseConfig(
    configFile === undefined ? "" : readConfigFile(configFile),
    grantedEnvironment(),
    {
      ...(configFile === undefined ? {} : { fileName: configFile }),
      settings,
      readSecretFile: (path) => readSmallFile(path, SECRET_FILE_LENGTH_MAX),
    },
  );
}

/** As for the text itself: a longer file is another file. */
const CONFIG_FILE_LENGTH_MAX = 256 * 1024;

/** A key or a password with its newline. */
const SECRET_FILE_LENGTH_MAX = 4096;

function readConfigFile(path: string): string {
  try {
    return readSmallFile(path, CONFIG_FILE_LENGTH_MAX);
  } catch (thrown) {
    throw new ConfigError([
      { path, reason: reasonOf(thrown), allowed: "a TOML file that can be read" },
    ]);
  }
}

function readSmallFile(path: string, lengthMax: number): string {
  if (!mayRead(path)) throw new Error(`the permission is missing, add --allow-read=${path}`);
  let size: number;
  let bytes: Uint8Array;
  try {
    size = Deno.statSync(path).size;
    bytes = size > lengthMax ? new Uint8Array() : Deno.readFileSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) throw new Error("there is no such file");
    throw thrown;
  }
  if (size > lengthMax) throw new Error(`it has ${size} bytes, at most ${lengthMax} are expected`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new Error("it is not UTF-8 text", { cause: thrown });
  }
}
